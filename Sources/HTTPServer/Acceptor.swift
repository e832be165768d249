import Platform
import TLS

/// Accepts connections on one loop and distributes them over all loops in turn.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` alone.
final class Acceptor: ReadinessHandler, @unchecked Sendable {
  /// How many connections are accepted before other work gets its turn.
  private static let burst = 64

  private let listener: Int32
  private let loop: any EventLoop
  private let groups: [ConnectionGroup]
  private let counter: ConnectionCounter
  /// What the TLS layer of its connections needs; nil when they are plain.
  private let tls: TLSContext?
  private var turn = 0
  private var isPaused = false
  private var isClosed = false

  init(
    listener: Int32, groups: [ConnectionGroup], counter: ConnectionCounter, tls: TLSContext? = nil
  ) {
    self.listener = listener
    self.loop = groups[0].loop
    self.groups = groups
    self.counter = counter
    self.tls = tls
  }

  /// Starts accepting, and returns once the loop watches the listener. Must not be called on the
  /// loop, which must have nothing else to do yet.
  func start() throws(SystemError) {
    try loop.executeAndWait { [self] () throws(SystemError) in
      try loop.register(listener, interest: .read, handler: self)
    }
  }

  func ready(_ readiness: Readiness) { accept(atMost: Self.burst) }

  /// Accepts all connections that wait at the moment, as far as the limits allow.
  func processArrivals() {
    guard !isClosed else { return }
    // The kernel queues one connection more than the backlog it was given.
    accept(atMost: max(0, groups[0].configuration.backlog) + 1)
  }

  private func accept(atMost count: Int) {
    for _ in 0..<count {
      guard !isClosed else { return }
      guard counter.admit() else { return pause() }
      switch System.accept(listener) {
      case .done(let descriptor):
        deal(Int32(descriptor))
      case .wouldBlock, .endOfStream:
        return counter.leave()
      case .failed(let code):
        counter.leave()
        guard System.isLostConnection(code) else { return pause() }
      }
    }
  }

  private func deal(_ descriptor: Int32) {
    let group = groups[turn]
    turn = (turn + 1) % groups.count
    if group.loop.isCurrent { return group.adopt(descriptor, tls: tls) }
    if !group.loop.execute({ [tls] in group.adopt(descriptor, tls: tls) }) {
      System.close(descriptor)
      counter.leave()
    }
  }

  /// Stops accepting, so that further connections wait in the backlog: descriptors or memory have
  /// run out, or the limit is reached.
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
    loop.close(listener)
  }
}
