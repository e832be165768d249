import Platform
import Synchronization

extension EventLoop {
  /// Runs a job on the loop and blocks until it has run. Only for starting a server.
  func executeAndWait(
    _ job: @escaping @Sendable () throws(SystemError) -> Void
  ) throws(SystemError) {
    let outcome = Outcome()
    let done = Latch()
    let isAccepted = execute {
      do throws(SystemError) {
        try job()
      } catch {
        outcome.failure.withLock { $0 = error }
      }
      done.open()
    }
    if isAccepted { done.wait() }
    if let failure = outcome.failure.withLock({ $0 }) { throw failure }
  }

  /// Ends the loop and blocks until it has ended.
  func stopAndWait() {
    let done = Latch()
    stop { done.open() }
    done.wait()
  }

  /// Ends the loop and waits until it has ended.
  func stop() async {
    await withCheckedContinuation { continuation in stop { continuation.resume() } }
  }
}

/// The outcome of a job that runs on another thread.
private final class Outcome: Sendable {
  let failure = Mutex<SystemError?>(nil)
}
