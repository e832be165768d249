import Platform
import Synchronization

/// The event loop on which a double's own requests leave, with the threads that look up names.
package final class ClientLoop: Sendable {
  private enum State {
    case idle
    case running(any EventLoop)
    case closed
  }

  private let kind: EventLoopKind
  private let state = Mutex(State.idle)
  let resolver: Resolver

  /// Creates a loop that runs once it is started, or first needed.
  package convenience init(_ kind: EventLoopKind = .platformDefault) {
    self.init(kind, resolver: Resolver())
  }

  init(_ kind: EventLoopKind, resolver: Resolver) {
    self.kind = kind
    self.resolver = resolver
  }

  deinit { if case .running(let loop) = state.withLock({ $0 }) { loop.stop {} } }

  /// Starts the loop and the threads that look up names, so that nothing has to be made later.
  package func start() throws(SystemError) {
    try resolver.start()
    _ = try running()
  }

  /// The loop, which is started if need be.
  ///
  /// - Returns: nil when it was closed.
  package func running() throws(SystemError) -> (any EventLoop)? {
    try state.withLock { state throws(SystemError) in
      switch state {
      case .running(let loop): return loop
      case .closed: return nil
      case .idle:
        let loop = try kind.makeLoop()
        state = .running(loop)
        return loop
      }
    }
  }

  /// Runs a job on the loop.
  ///
  /// - Returns: False when the loop is closed, or can't be started, and the job will never run.
  @discardableResult
  package func execute(_ job: @escaping @Sendable () -> Void) -> Bool {
    guard let loop = try? running() else { return false }
    return loop.execute(job)
  }

  /// Finds the addresses of a host.
  ///
  /// - Parameters:
  ///   - began: Called once, when the lookup begins, from any thread.
  ///   - completion: Called once, from any thread.
  package func resolve(
    _ host: String, port: Int, began: @escaping @Sendable () -> Void,
    completion: @escaping @Sendable (Result<[SocketAddress], SystemError>) -> Void
  ) {
    resolver.resolve(host, port: port, began: began, completion: completion)
  }

  /// Ends the loop after the jobs that were given before.
  package func close() {
    let loop = state.withLock { state -> (any EventLoop)? in
      defer { state = .closed }
      if case .running(let loop) = state { return loop }
      return nil
    }
    loop?.stop {}
  }
}
