import Platform

extension Connection {
  /// Reads what has arrived in the socket and checks whether the peer has closed, without waiting
  /// for a readiness event.
  ///
  /// Bytes that arrive meanwhile are read too, up to a bound. A message larger than the socket's
  /// buffer only arrives while it is read, but a peer that sends without pause must not keep the
  /// caller waiting.
  func processArrivals() {
    // What arrives in a tunnel isn't for this server.
    guard !isClosed, !state.isTunnelling else { return }
    // Once more bytes have been read than were waiting at first, everything that had arrived before
    // the call has been read, and the number of further reads is bounded.
    var rest = System.waitingBytes(descriptor)
    var furtherReads = 64
    while !isClosed, state.wantsBytes, furtherReads > 0, let count = receive() {
      rest -= count
      if rest < 0 { furtherReads -= 1 }
    }
    if !isClosed { checkPeer() }
  }
}
