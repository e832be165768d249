/// Why TLS can't be spoken, in words for a person.
public struct TLSError: Error, Equatable, CustomStringConvertible {
  /// The reason, without a full stop.
  public let reason: String
  /// Whether it lies in what was asked for: a file or folder that can't be used.
  public let isOfFiles: Bool

  /// An error with its reason.
  package init(_ reason: String, isOfFiles: Bool = false) {
    self.reason = reason
    self.isOfFiles = isOfFiles
  }

  public var description: String { reason }
}
