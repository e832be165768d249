import Platform

extension Connection {
  /// Reads what lies in the socket, and looks for the peer's end, without waiting to be told.
  ///
  /// What comes while it reads is read too, up to a bound: a message that is larger than the socket's
  /// buffer comes on as it is read, and a peer that sends without pause must not hold it up.
  func processArrivals() {
    guard !isClosed else { return }
    // Once a byte beyond those that lie there now is read, the peer's end was not among what had come.
    var rest = System.waitingBytes(descriptor)
    var furtherReads = 64
    while !isClosed, state.wantsBytes, furtherReads > 0, let count = receive() {
      rest -= count
      if rest < 0 { furtherReads -= 1 }
    }
    if !isClosed { lookForPeer() }
  }
}
