import Platform

/// Answers one request. May be used from any thread, once; further answers are ignored.
///
/// A request has no deadline of its own: one that is never answered holds its connection until the
/// server stops.
public struct Responder: Sendable {
  let connection: Connection
  let number: UInt64

  /// How the sending of a response ended.
  public enum Delivery: Sendable {
    /// Its last byte was handed to the socket.
    case sent
    /// The connection ended before that.
    case failed
  }

  /// Whether the client is known to have gone: it has reset the connection, or finished sending,
  /// after this request.
  public var isClientGone: Bool { connection.isPeerGone }

  /// Whether another request came on the same connection.
  public func isOnConnection(of other: Responder) -> Bool { connection === other.connection }

  /// Calls a closure if the connection has ended, or its client has finished sending; on its loop,
  /// after what has arrived there before the call.
  public func ifOver(_ body: @escaping @Sendable () -> Void) {
    let connection = connection
    execute {
      connection.processArrivals()
      if connection.isClosed || connection.isPeerGone { body() }
    }
  }

  /// Whether the request came from this machine, over its loopback interface. Asks the system; to
  /// be called on the connection's loop.
  public var isFromLoopback: Bool {
    !connection.isClosed && System.isLoopback(peerOf: connection.descriptor)
  }

  /// Whether the client speaks TLS, and to whom it believes to speak. To be called on the
  /// connection's loop.
  public var connectionInfo: ConnectionInfo { connection.info }

  /// Registers a closure that is called, once, when the client goes before the request is answered.
  /// A later registration replaces an earlier one.
  ///
  /// - Parameter body: Called on the connection's loop, at once when the client has gone already.
  public func whenGone(_ body: @escaping @Sendable () -> Void) {
    _ = connection.onLoop { $0.whenGone(number, body) }
  }

  /// Sends the answer. The whole responses of a loop's round are written together when the round
  /// ends.
  ///
  /// - Parameters:
  ///   - response: The answer.
  ///   - observer: Is told about the response's progress. The default is nobody.
  public func respond(_ response: HTTPResponse, observer: (any ResponseObserver)? = nil) {
    // The usual case, which needs no closure.
    guard !connection.isOnLoop else {
      return connection.respond(number, with: response, observer: observer)
    }
    let isAccepted = connection.onLoop {
      $0.respond(number, with: response, observer: observer)
    }
    if !isAccepted { observer?.endWithoutWriting() }
  }

  /// Runs a job on the connection's loop, after the jobs that already wait there; on the caller's
  /// thread when the server has stopped.
  public func execute(_ job: @escaping @Sendable () -> Void) {
    if !connection.afterOthers(job) { job() }
  }

  /// Begins an answer whose body is sent piece by piece.
  ///
  /// The head leaves at once, in one write with the first piece if there is one. When the request
  /// was answered before, or the connection has ended, everything that is sent on the stream fails.
  ///
  /// - Parameters:
  ///   - head: Status, other than 204 and 304, which have no body; fields; and as its body the
  ///     first piece, which may be empty.
  ///   - isEndless: Whether the caller never finishes the stream, as with server-sent events. The
  ///     server then finishes it, when it stops or when the client has finished sending. A client
  ///     that hasn't taken everything by the stop is reset, so that the stop need not wait. The
  ///     default is false: a stop waits for the stream as for a running request, and a client that
  ///     has finished sending still gets the rest.
  ///   - completion: Called once, when the head and the first piece have been sent or sending has
  ///     failed.
  public func stream(
    _ head: HTTPResponse, isEndless: Bool = false,
    completion: @escaping @Sendable (Delivery) -> Void = { _ in }
  ) -> ResponseStream {
    precondition(head.hasBody, "A response of status \(head.status) can't be streamed.")
    precondition(head.extent == .whole, "A stream is cut by abandoning it.")
    let stream = ResponseStream(connection: connection, number: number)
    stream.add(.begin(head, isEndless: isEndless, completion))
    return stream
  }

  /// Ends the connection without an answer.
  ///
  /// - Parameters:
  ///   - resets: Whether the client sees a reset instead of an orderly end. The default is false.
  ///   - observer: Is told, when that is done, that the response has failed. The default is nobody.
  public func abandon(resets: Bool = false, observer: (any ResponseObserver)? = nil) {
    let isAccepted = connection.onLoop { $0.abandon(number, resets: resets, observer: observer) }
    if !isAccepted { observer?.endWithoutWriting() }
  }
}
