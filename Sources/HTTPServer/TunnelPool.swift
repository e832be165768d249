import Platform
import Synchronization

/// What the tunnels of all loops share: the threads that look up names, and their number, which is
/// bounded, because each takes a second descriptor.
final class TunnelPool: Sendable {
  let resolver = Resolver()
  /// The port that the server listens on, to which no tunnel may lead.
  let ownPort: Int
  private let limit: Int
  private let count = Atomic<Int>(0)

  /// - Parameter limit: The most tunnels at a time, those that are being connected among them.
  init(limit: Int, ownPort: Int) {
    self.limit = limit
    self.ownPort = ownPort
  }

  /// Starts the threads, so that none has to be made later.
  func start() throws(SystemError) { try resolver.start() }

  /// Counts one more tunnel, unless the limit is reached.
  func admit() -> Bool {
    guard count.add(1, ordering: .relaxed).newValue > limit else { return true }
    leave()
    return false
  }

  /// Takes back an admission.
  func leave() { count.subtract(1, ordering: .relaxed) }
}
