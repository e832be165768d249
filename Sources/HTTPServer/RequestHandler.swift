import Synchronization

/// Answers the requests of one event loop. A server makes one handler for each of its loops.
///
/// Everything is called on that loop, and nothing may block there. What a handler remembers from
/// one request to the next therefore needs no locks.
public protocol RequestHandler: AnyObject, Sendable {
  /// Takes a request; it is answered through the responder now or later, from any thread.
  func handle(_ request: HTTPRequest, _ responder: Responder)

  /// The loop has processed everything that was ready, so work that its requests have begun can be
  /// finished together, such as a group commit. Called again if that leads to further requests.
  func roundEnded()
}

/// Runs jobs on the event loop of one ``RequestHandler``.
public final class LoopExecutor: Sendable {
  private let loop = Mutex<(any EventLoop)?>(nil)

  init() {}

  /// Sets the loop, once, before it has its first connection.
  func attach(to loop: any EventLoop) { self.loop.withLock { $0 = loop } }

  /// Runs a job on the loop after the jobs that already wait there; on the caller's thread when the
  /// loop has stopped. May be called from any thread.
  public func execute(_ job: @escaping @Sendable () -> Void) {
    let loop = loop.withLock { $0 }
    if loop?.execute(job) != true { job() }
  }
}

/// A handler that is a closure and has nothing to do at a round's end.
final class ClosureHandler: RequestHandler {
  private let body: HTTPServer.Handler

  init(_ body: @escaping HTTPServer.Handler) { self.body = body }

  func handle(_ request: HTTPRequest, _ responder: Responder) { body(request, responder) }

  func roundEnded() {}
}
