/// Accepts connections on one loop and deals them out in turn.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` alone.
final class Acceptor: ReadinessHandler, @unchecked Sendable {
  /// How many connections are accepted before other work gets its turn.
  private static let burst = 64

  private let listener: Int32
  private let loop: any EventLoop
  private let groups: [ConnectionGroup]
  /// Whether one more connection may live; counts it if so.
  private let admit: @Sendable () -> Bool
  /// Takes back an admission.
  private let release: @Sendable () -> Void
  private var turn = 0
  private var isPaused = false
  private var isClosed = false

  init(
    listener: Int32, groups: [ConnectionGroup], admit: @escaping @Sendable () -> Bool,
    release: @escaping @Sendable () -> Void
  ) {
    self.listener = listener
    self.loop = groups[0].loop
    self.groups = groups
    self.admit = admit
    self.release = release
  }

  func start() throws(SystemError) {
    try loop.register(listener, interest: .read, handler: self)
  }

  func ready(_ readiness: Readiness) {
    for _ in 0..<Self.burst {
      guard !isClosed else { return }
      guard admit() else { return pause() }
      switch System.accept(listener) {
      case .done(let descriptor):
        let group = groups[turn % groups.count]
        turn += 1
        let connection = Int32(descriptor)
        if group.loop.isCurrent {
          group.adopt(connection)
        } else {
          group.loop.execute { group.adopt(connection) }
        }
      case .failed(let code) where System.isShortage(code):
        release()
        return pause()
      case .wouldBlock, .endOfStream:
        return release()
      case .failed:
        // The peer gave up before it was accepted.
        release()
      }
    }
  }

  /// Leaves further connections in the backlog: descriptors, memory or the limit ran out.
  private func pause() {
    guard !isPaused, !isClosed else { return }
    isPaused = true
    loop.update(listener, interest: [])
  }

  /// Tries again after a pause.
  func resume() {
    guard isPaused, !isClosed else { return }
    isPaused = false
    loop.update(listener, interest: .read)
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    loop.deregister(listener)
    System.close(listener)
  }
}
