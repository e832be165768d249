import Platform
import Simulation
import Synchronization

/// Tells those who wait that something has changed, so that they look again.
final class ChangeSignal: Sendable {
  private typealias Sleepers = Waiters<Void, Void>

  private let version = Atomic<UInt64>(0)
  private let sleeping = Atomic<Int>(0)
  private let sleepers = Mutex(Sleepers())

  /// How often something has changed; to be read before one looks.
  var count: UInt64 { version.load(ordering: .sequentiallyConsistent) }

  /// Something has changed.
  func tell() {
    version.add(1, ordering: .sequentiallyConsistent)
    guard sleeping.load(ordering: .sequentiallyConsistent) > 0 else { return }
    for sleeper in sleepers.withLock({ $0.takeAll() }) { sleeper.resume() }
  }

  /// Waits for the next change.
  ///
  /// - Parameters:
  ///   - count: The changes that the caller has seen.
  ///   - milliseconds: The longest wait, in real time. It ends when the task is cancelled, too.
  ///   - queue: Where the time is waited for.
  func wait(after count: UInt64, milliseconds: Int64, on queue: SerialQueue) async {
    sleeping.add(1, ordering: .sequentiallyConsistent)
    defer { sleeping.subtract(1, ordering: .sequentiallyConsistent) }
    let id = sleepers.withLock { $0.makeID() }
    let timer = WallTimer(milliseconds: milliseconds, on: queue) { [weak self] in self?.wake(id) }
    defer { timer.cancel() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let isDone = sleepers.withLock { sleepers in
          if self.count != count || timer.isOver || Task.isCancelled { return true }
          sleepers.add((), id: id) { continuation.resume(returning: $0) }
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      wake(id)
    }
  }

  private func wake(_ id: Sleepers.ID) { sleepers.withLock { $0.remove(id) }?.resume() }
}
