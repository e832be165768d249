import Platform
import TLS

// A connection's TLS layer: between the socket and the parser.

extension Connection {
  /// Begins TLS: from here on what arrives is decrypted, and what is sent is encrypted.
  ///
  /// To be called on the loop: before the connection starts to read, or while a request is with the
  /// handler, which then counts as answered. Bytes that were written before leave unencrypted and
  /// first, even if the socket hasn't taken them yet; bytes that have arrived behind the request are
  /// the handshake's first.
  ///
  /// - Parameters:
  ///   - context: Should be prepared already, so that the client can still be told of a failure.
  ///   - isIntercepted: See ``ConnectionInfo/isIntercepted``.
  /// - Throws: ``TLSError`` when the context can't be prepared. Nothing has happened then.
  func startTLS(_ context: TLSContext, isIntercepted: Bool = false) throws(TLSError) {
    try context.prepare()
    info.isSecure = true
    info.isIntercepted = isIntercepted
    isAnswered = true
    state.changeRole(to: isIntercepted ? .intercepted : .server)
  }
}
