import Synchronization

/// Counts a server's connections, limits their number, and tells when none is left.
///
/// All loops share one count. A connection is counted before it is accepted; it is subtracted when
/// it has closed or could not be accepted.
final class ConnectionCounter: Sendable {
  private struct State {
    var count = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: The most connections at a time.
  init(limit: Int) { self.limit = limit }

  /// The number of connections at the moment.
  var count: Int { state.withLock { $0.count } }

  /// Counts one more connection, unless the limit is reached.
  func admit() -> Bool {
    state.withLock { state in
      guard state.count < limit else { return false }
      state.count += 1
      return true
    }
  }

  /// Takes back an admission.
  func leave() {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.count -= 1
      guard state.count == 0 else { return [] }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns when there is no connection.
  func untilEmpty() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        if state.count > 0 { state.waiting.append(continuation) }
        return state.count == 0
      }
      if isEmpty { continuation.resume() }
    }
  }
}
