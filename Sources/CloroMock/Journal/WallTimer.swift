import Dispatch
import Synchronization

/// Ends a wait of the control API in real time. What the double simulates waits on its clock, but a
/// caller that waits for something to happen must be answered even while the clock stands still.
final class WallTimer: Sendable {
  private let isDone = Atomic<Bool>(false)
  private let passed = Atomic<Bool>(false)

  /// - Parameter over: Called once, unless it is cancelled before.
  init(milliseconds: Int64, _ over: @escaping @Sendable () -> Void) {
    let wait = DispatchTimeInterval.milliseconds(Int(clamping: milliseconds))
    DispatchQueue.global().asyncAfter(deadline: .now() + wait) { [weak self] in
      guard let self, !isDone.exchange(true, ordering: .relaxed) else { return }
      passed.store(true, ordering: .sequentiallyConsistent)
      over()
    }
  }

  /// Whether the time has passed.
  var isOver: Bool { passed.load(ordering: .sequentiallyConsistent) }

  func cancel() { isDone.store(true, ordering: .relaxed) }
}
