import Platform
import Synchronization

/// Ends a wait of the control API in real time. What the double simulates waits on its clock, but a
/// caller that waits for something to happen must be answered even while the clock stands still.
final class WallTimer: Sendable {
  private let isDone = Atomic<Bool>(false)
  private let timer = Mutex<SerialQueue.Timer?>(nil)
  private let passed = Atomic<Bool>(false)

  /// - Parameters:
  ///   - queue: Where the time is waited for.
  ///   - over: Called once, unless it is cancelled before.
  init(milliseconds: Int64, on queue: SerialQueue, _ over: @escaping @Sendable () -> Void) {
    let wait = min(max(0, milliseconds), Int64.max / 1_000_000) * 1_000_000
    let timer = queue.after(wait) { [weak self] in
      guard let self, !isDone.exchange(true, ordering: .relaxed) else { return }
      passed.store(true, ordering: .sequentiallyConsistent)
      over()
    }
    self.timer.withLock { $0 = timer }
  }

  /// Whether the time has passed.
  var isOver: Bool { passed.load(ordering: .sequentiallyConsistent) }

  func cancel() {
    isDone.store(true, ordering: .relaxed)
    timer.withLock { $0.take() }?.cancel()
  }
}
