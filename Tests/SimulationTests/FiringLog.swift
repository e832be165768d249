import Synchronization

@testable import Simulation

/// Records the timers that have fired, and lets a test wait for them.
final class FiringLog: Sendable {
  private struct State {
    var entries: [(id: String, time: Timestamp)] = []
    var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var ids: [String] { state.withLock { $0.entries.map(\.id) } }
  var times: [Timestamp] { state.withLock { $0.entries.map(\.time) } }

  func note(_ id: String, _ time: Timestamp) {
    let ready = state.withLock { state in
      state.entries.append((id, time))
      let count = state.entries.count
      let ready = state.waiting.filter { $0.count <= count }
      state.waiting.removeAll { $0.count <= count }
      return ready
    }
    for waiter in ready { waiter.continuation.resume() }
  }

  /// Returns when that many have fired.
  func reached(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isReached = state.withLock { state in
        if state.entries.count < count { state.waiting.append((count, continuation)) }
        return state.entries.count >= count
      }
      if isReached { continuation.resume() }
    }
  }

  /// Sets a timer that records its firing.
  @discardableResult
  func schedule(
    on clock: MockClock, after nanoseconds: Int64, _ id: String
  ) -> MockClock.TimerHandle {
    clock.schedule(after: nanoseconds, kind: .latency, id: id) { [weak clock] in
      self.note(id, clock?.now ?? Timestamp(nanoseconds: 0))
    }
  }
}
