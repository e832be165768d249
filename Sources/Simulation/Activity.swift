import Platform
import Synchronization

/// Tracks work that has begun and isn't finished, so that an advance of the clock can wait for it.
package final class Activity: Sendable {
  /// One piece of work.
  package struct Token: Sendable {
    fileprivate let number: UInt64
  }

  /// Which work to wait for.
  package struct Scope: Sendable {
    /// Only this organization's work, and what is nobody's; nil for everybody's.
    var owner: String?
    /// Only work that began after the piece of this number; nil for all.
    var start: UInt64?

    package static let everything = Scope()

    /// Whether it leaves work out.
    var isNarrow: Bool { owner != nil || start != nil }

    fileprivate func contains(_ number: UInt64, _ work: MockClock.Work) -> Bool {
      if let start, number <= start { return false }
      return owner == nil || work.owner == nil || work.owner == owner
    }
  }

  /// What somebody waits for.
  private struct Wish {
    let scope: Scope
    /// The pieces of work; nil means all that begins, too.
    var remaining: Set<UInt64>?
  }

  private struct State {
    var running: [UInt64: MockClock.Work] = [:]
    var last: UInt64 = 0
    var waiters = Waiters<Wish, Void>()

    func isIdle(_ scope: Scope) -> Bool {
      guard scope.isNarrow, !running.isEmpty else { return running.isEmpty }
      return !running.contains { scope.contains($0.key, $0.value) }
    }
  }

  private let state = Mutex(State())

  /// How many wait for work to end.
  package var waiting: Int { state.withLock { $0.waiters.count } }

  package func begin(_ work: MockClock.Work) -> Token {
    state.withLock { state in
      state.last += 1
      state.running[state.last] = work
      return Token(number: state.last)
    }
  }

  /// Ends a piece of work. Work that follows from it must have begun before this call.
  package func end(_ token: Token) {
    let settled = state.withLock { state in
      state.running[token.number] = nil
      guard !state.waiters.isEmpty else { return [] as [Waiters<Wish, Void>.Waiter] }
      return state.waiters.take { [state] wish in
        guard wish.remaining != nil else { return state.isIdle(wish.scope) }
        wish.remaining?.remove(token.number)
        return wish.remaining!.isEmpty
      }
    }
    for waiter in settled { waiter.resume() }
  }

  /// Whether no work of a scope is under way.
  package func isIdle(_ scope: Scope = .everything) -> Bool { state.withLock { $0.isIdle(scope) } }

  /// The work that has begun so far: a scope that starts here leaves it out.
  var mark: UInt64 { state.withLock { $0.last } }

  /// The work of a scope that isn't finished, in the order in which it began.
  package func unfinished(in scope: Scope = .everything) -> [MockClock.Work] {
    state.withLock { state in
      state.running.filter { scope.contains($0.key, $0.value) }.sorted { $0.key < $1.key }
        .map(\.value)
    }
  }

  /// Returns when the work is finished, or at a deadline.
  ///
  /// - Parameters:
  ///   - all: Whether to wait for work that begins meanwhile, too. Must be false when time runs by
  ///     itself, because new work may then never cease.
  ///   - scope: Which work. The default is all of it.
  ///   - deadline: In monotonic nanoseconds.
  ///   - timers: Where the deadline is waited for.
  package func settled(
    all: Bool, _ scope: Scope = .everything, by deadline: Int64, on timers: SerialQueue
  ) async {
    let rest = deadline - System.monotonicNanoseconds()
    guard rest > 0 else { return }
    let id = state.withLock { $0.waiters.makeID() }
    let timer = Mutex<SerialQueue.Timer?>(nil)
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        guard !state.isIdle(scope) else { return true }
        let running =
          all ? nil : Set(state.running.filter { scope.contains($0.key, $0.value) }.keys)
        state.waiters.add(Wish(scope: scope, remaining: running), id: id) { continuation.resume() }
        return false
      }
      if isIdle { return continuation.resume() }
      timer.withLock { timer in
        timer = timers.after(rest) { [self] in
          state.withLock { $0.waiters.remove(id) }?.resume()
        }
      }
    }
    timer.withLock { $0 }?.cancel()
  }
}
