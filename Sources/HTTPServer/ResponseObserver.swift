/// Is told about the progress of a response. Each function is called exactly once for a response:
/// on the connection's loop, or on the caller's thread when the server has stopped.
public protocol ResponseObserver: AnyObject, Sendable {
  /// The next write will pass the response's last byte to the socket, or the response has failed. A
  /// fast client has read the answer before that write returns. So what is released here is free
  /// for the client's next request.
  func willSendLastByte()

  /// The response has gone out to its last byte, or has failed. Comes after ``willSendLastByte()``.
  func didEnd(_ delivery: Responder.Delivery)

  /// The first write has been attempted, however much of it the client has taken, and requests
  /// pipelined behind this one have been handled; or the response has failed.
  func didAttemptWrite()
}

extension ResponseObserver {
  /// By default nothing happens when a response ends.
  public func didEnd(_ delivery: Responder.Delivery) {}

  /// Makes all calls at once, for a response that is not written at all.
  func endWithoutWriting(_ delivery: Responder.Delivery = .failed) {
    willSendLastByte()
    didEnd(delivery)
    didAttemptWrite()
  }
}
