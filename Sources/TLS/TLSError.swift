/// Why TLS can't be spoken, in words for a person.
public struct TLSError: Error, Equatable, CustomStringConvertible {
  /// The reason, without a full stop.
  public let reason: String

  /// An error with its reason.
  public init(_ reason: String) { self.reason = reason }

  public var description: String { reason }
}
