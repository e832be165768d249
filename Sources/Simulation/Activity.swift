import Synchronization

/// Tracks work that has begun and isn't finished, so that an advance of the clock can wait for it.
package final class Activity: Sendable {
  /// One piece of work.
  package struct Token: Sendable {
    fileprivate let number: UInt64
  }

  private struct State {
    var running: Set<UInt64> = []
    var last: UInt64 = 0
    /// The waiters, each with the pieces of work that it waits for; nil means all work.
    var waiters = Waiters<Set<UInt64>?, Void>()
  }

  private let state = Mutex(State())

  /// How many wait for work to end.
  package var waiting: Int { state.withLock { $0.waiters.count } }

  package func begin() -> Token {
    state.withLock { state in
      state.last += 1
      state.running.insert(state.last)
      return Token(number: state.last)
    }
  }

  /// Ends a piece of work. Work that follows from it must have begun before this call.
  package func end(_ token: Token) {
    let settled = state.withLock { state in
      state.running.remove(token.number)
      guard !state.waiters.isEmpty else { return [] as [Waiters<Set<UInt64>?, Void>.Waiter] }
      let isIdle = state.running.isEmpty
      return state.waiters.take { remaining in
        remaining?.remove(token.number)
        return remaining?.isEmpty ?? isIdle
      }
    }
    for waiter in settled { waiter.resume() }
  }

  /// Returns when the work is finished.
  ///
  /// - Parameter all: Whether to wait for work that begins meanwhile, too. Must be false when time
  ///   runs by itself, because new work may then never cease.
  package func settled(all: Bool) async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        guard !state.running.isEmpty else { return true }
        state.waiters.add(all ? nil : state.running) { continuation.resume() }
        return false
      }
      if isIdle { continuation.resume() }
    }
  }
}
