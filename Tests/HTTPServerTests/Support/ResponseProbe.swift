import HTTPServer

/// Passes an observer's calls to closures.
final class ResponseProbe: ResponseObserver {
  private let lastByte: (@Sendable () -> Void)?
  private let attempted: (@Sendable () -> Void)?
  private let ended: (@Sendable (Responder.Delivery) -> Void)?

  init(
    lastByte: (@Sendable () -> Void)? = nil, attempted: (@Sendable () -> Void)? = nil,
    ended: (@Sendable (Responder.Delivery) -> Void)? = nil
  ) {
    self.lastByte = lastByte
    self.attempted = attempted
    self.ended = ended
  }

  func willSendLastByte() { lastByte?() }

  func didAttemptWrite() { attempted?() }

  func didEnd(_ delivery: Responder.Delivery) { ended?(delivery) }
}

extension Responder {
  /// Answers, and calls a closure when the response has ended.
  func respond(
    _ response: HTTPResponse, _ ended: @escaping @Sendable (Responder.Delivery) -> Void
  ) {
    respond(response, observer: ResponseProbe(ended: ended))
  }

  /// Ends the connection, and calls a closure when the response has ended.
  func abandon(
    resets: Bool = false, _ ended: @escaping @Sendable (Responder.Delivery) -> Void
  ) {
    abandon(resets: resets, observer: ResponseProbe(ended: ended))
  }
}
