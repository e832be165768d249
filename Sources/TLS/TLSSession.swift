import CTLS

/// The server's end of one TLS connection: ciphertext in, plaintext out, and the other way round.
///
/// `@unchecked Sendable`: used on its connection's loop alone.
package final class TLSSession: @unchecked Sendable {
  /// What a read has come to.
  package enum Outcome: Equatable {
    /// Everything that was given is used up.
    case needsMore
    /// The peer has said that it sends no more.
    case closed
    /// The peer doesn't speak TLS as it should. The session can't be used any more; the output has
    /// the alert that says so.
    case failed
  }

  /// The most plaintext that one record carries, in bytes.
  package static let recordSize = Int(CTLS_RECORD)

  private let pointer: OpaquePointer
  /// Whether nothing of the peer's has come yet.
  package private(set) var isUntouched = true
  /// Its certificates are asked for until the end of the handshake.
  private let identity: TLSIdentity

  init?(_ identity: TLSIdentity) {
    guard let pointer = ctls_session_make(identity.pointer) else { return nil }
    self.identity = identity
    self.pointer = pointer
  }

  deinit { ctls_session_free(pointer) }

  /// Whether the handshake is complete.
  package var isSecure: Bool { ctls_session_is_secure(pointer) }

  /// Takes received bytes, and passes on what they contain.
  ///
  /// - Parameters:
  ///   - bytes: All of them are used up.
  ///   - plaintext: The memory for a piece, of ``recordSize``.
  ///   - output: Gets what the peer is to be sent.
  ///   - take: Gets each piece.
  /// - Returns: What came after the last piece.
  package func receive(
    _ bytes: UnsafeRawBufferPointer, by plaintext: UnsafeMutableRawBufferPointer,
    output: TLSBytes, _ take: (UnsafeRawBufferPointer) -> Void
  ) -> Outcome {
    isUntouched = false
    ctls_session_give(pointer, bytes.baseAddress, bytes.count)
    defer { ctls_session_give(pointer, nil, 0) }
    while true {
      var count = 0
      let outcome = ctls_session_read(
        pointer, plaintext.baseAddress, plaintext.count, &count, &output.bytes)
      switch outcome {
      case CTLS_PLAINTEXT: take(UnsafeRawBufferPointer(rebasing: plaintext[..<count]))
      case CTLS_NEEDS_MORE: return .needsMore
      case CTLS_CLOSED: return .closed
      default: return .failed
      }
    }
  }

  /// Adds plaintext to the output, as ciphertext.
  ///
  /// - Returns: False when the session is broken or finished.
  package func write(_ bytes: UnsafeRawBufferPointer, to output: TLSBytes) -> Bool {
    ctls_session_write(pointer, bytes.baseAddress, bytes.count, &output.bytes)
  }

  /// Adds to the output that nothing more will be sent, once.
  package func finish(to output: TLSBytes) { ctls_session_finish(pointer, &output.bytes) }
}
