/// What the TLS connections of a server share: the library, the certificates, the keys of tickets.
///
/// Making one costs nothing: the library is loaded and the certificates are made or read by
/// ``prepare()``.
public final class TLSContext: Sendable {
  /// A context that makes nothing yet.
  public init() {}

  /// Loads the library and makes ready what a handshake needs. Does nothing when that is done.
  ///
  /// - Throws: ``TLSError`` when the library isn't there, or a certificate can't be used. A later
  ///   call tries again.
  public func prepare() throws(TLSError) {
    throw TLSError("TLS is not spoken by this build")
  }
}
