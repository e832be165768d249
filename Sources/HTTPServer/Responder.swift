/// Answers one request. May be used from any thread, once; further answers are ignored.
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

  /// Whether the client is known to have gone: it reset the connection, or ended it while this
  /// request was under way.
  public var isClientGone: Bool { connection.isPeerGone }

  /// Sends the answer.
  ///
  /// - Parameters:
  ///   - response: The answer.
  ///   - completion: Called once on the connection's loop when the response is out or can't be.
  public func respond(
    _ response: HTTPResponse, completion: @escaping @Sendable (Delivery) -> Void = { _ in }
  ) {
    connection.onLoop { $0.respond(number, with: response, completion: completion) }
  }

  /// Ends the connection without an answer.
  ///
  /// - Parameter completion: Called once on the connection's loop when that is done.
  public func abandon(completion: @escaping @Sendable (Delivery) -> Void = { _ in }) {
    connection.onLoop { $0.abandon(number, completion: completion) }
  }
}
