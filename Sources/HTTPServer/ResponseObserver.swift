/// Is told how a response fares. Each of its functions is called exactly once for a response: on the
/// connection's loop, or on the caller's thread when the server has stopped.
public protocol ResponseObserver: AnyObject, Sendable {
  /// The next write is to hand over the response's last byte, or the response has failed. Whatever is
  /// freed here is free when the client has the answer, for a fast client has read it before the write
  /// returns.
  func willSendLastByte()

  /// The response has gone out to its last byte, or has failed. Comes after ``willSendLastByte()``.
  func didEnd(_ delivery: Responder.Delivery)

  /// The first write has been tried, however much of it the client takes, and requests that were
  /// pipelined behind this one have been handled; or the response has failed.
  func didAttemptWrite()
}

extension ResponseObserver {
  /// By default the outcome is of no interest.
  public func didEnd(_ delivery: Responder.Delivery) {}

  /// Tells everything at once, for a response of which nothing is written any more.
  func endWithoutWriting(_ delivery: Responder.Delivery = .failed) {
    willSendLastByte()
    didEnd(delivery)
    didAttemptWrite()
  }
}
