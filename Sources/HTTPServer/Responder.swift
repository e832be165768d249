/// Answers one request. May be used from any thread, once; further answers are ignored.
///
/// A request has no deadline of its own: one that is never answered holds its connection until the
/// server stops.
public struct Responder: Sendable {
  let connection: Connection
  let number: UInt64

  /// What became of a response.
  public enum Delivery: Sendable {
    /// Its last byte was handed to the socket.
    case sent
    /// The connection ended before that.
    case failed
  }

  /// Whether the client is known to have gone: it has reset the connection, or finished sending, after
  /// this request.
  public var isClientGone: Bool { connection.isPeerGone }

  /// Sends the answer.
  ///
  /// - Parameters:
  ///   - response: The answer.
  ///   - completion: Called once, when the response is out or can't be: on the connection's loop, or
  ///     on the caller's thread when the server has stopped.
  ///   - handover: Called once, right before the write that is to hand over the last byte: whatever
  ///     it frees is free when the client has the answer. At the latest before `completion`.
  public func respond(
    _ response: HTTPResponse, completion: @escaping @Sendable (Delivery) -> Void = { _ in },
    handover: (@Sendable () -> Void)? = nil
  ) {
    let isAccepted = connection.onLoop {
      $0.respond(number, with: response, handover: handover, completion: completion)
    }
    guard !isAccepted else { return }
    handover?()
    completion(.failed)
  }

  /// Ends the connection without an answer.
  ///
  /// - Parameters:
  ///   - resets: Whether the client sees a reset instead of an orderly end. The default is false.
  ///   - completion: Called once, when that is done; where, see
  ///     ``respond(_:completion:handover:)``.
  public func abandon(
    resets: Bool = false, completion: @escaping @Sendable (Delivery) -> Void = { _ in }
  ) {
    let isAccepted = connection.onLoop {
      $0.abandon(number, resets: resets, completion: completion)
    }
    if !isAccepted { completion(.failed) }
  }
}
