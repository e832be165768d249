import Simulation
import Synchronization

/// What is left of organizations that are gone: their tasks, timers and places among the finished.
///
/// Giving back the memory of a million tasks takes a processor some milliseconds, for which nobody
/// has to wait: it is left to lie until who removed them has an answer.
final class RetiredTasks: Sendable {
  struct Remains: Sendable {
    let board: TaskBoard
    let timers: MockClock.CancelledTimers
    let finished: FinishedTasks.Forgotten
  }

  private let remains = Mutex<[Remains]>([])

  func add(_ one: Remains) { remains.withLock { $0.append(one) } }

  /// Whether nothing is left.
  var isEmpty: Bool { remains.withLock { $0.isEmpty } }

  /// Gives everything back, on the caller's thread.
  func release() {
    // Not under the lock, where it would keep the next removal waiting.
    _ = remains.withLock { remains in
      defer { remains = [] }
      return remains
    }
  }
}
