import Synchronization

/// Processes what has arrived at the double's sockets. The server is made after the parts that need
/// it, and is handed over when it exists.
final class Arrivals: Sendable {
  /// A type of its own, because a closure that a generic type holds directly is wrapped once more
  /// each time it is looked at.
  private struct Server: Sendable {
    var process: (@Sendable () async -> Void)?
  }

  private let server = Mutex(Server())

  /// Hands over what processes all that has arrived.
  func handOver(_ process: @escaping @Sendable () async -> Void) {
    server.withLock { $0.process = process }
  }

  /// Returns when everything that had arrived before the call is processed.
  func process() async { await server.withLock { $0.process }?() }
}
