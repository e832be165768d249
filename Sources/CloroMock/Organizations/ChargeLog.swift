import Ledger
import Logging
import Synchronization

/// Logs once that the ledger refuses charges, and once that it accepts them again.
///
/// On a full disk every request is refused and has its own answer and journal entry. The log
/// therefore reports the state and not each request.
final class ChargeLog: Sendable {
  private struct State {
    /// The reasons that have been logged since the last successful charge.
    var told: Set<String> = []
    var refused: Int64 = 0
  }

  private let logger: Logger
  private let state = Mutex(State())
  /// Whether the last charge was refused. Separate from `state`, because every charge reads it.
  private let isRefusing = Atomic<Bool>(false)

  init(logger: Logger) { self.logger = logger }

  /// A charge, or the end of a billing cycle, was refused by the ledger itself.
  func refused(_ error: LedgerError) {
    let reason = error.description
    let isNews = state.withLock { state in
      state.refused += 1
      // Set under the lock, so that it agrees with the reasons.
      isRefusing.store(true, ordering: .relaxed)
      return state.told.insert(reason).inserted
    }
    guard isNews else { return }
    logger.error(
      "the ledger refuses charges: requests get a 500 and aren't charged until it takes them again",
      metadata: ["reason": "\(reason)"])
  }

  /// A charge, or the end of a billing cycle, was written.
  func written() {
    guard isRefusing.load(ordering: .relaxed) else { return }
    let refused = state.withLock { state -> Int64 in
      defer { state = State() }
      isRefusing.store(false, ordering: .relaxed)
      return state.refused
    }
    guard refused > 0 else { return }
    logger.notice("the ledger takes charges again", metadata: ["refused": "\(refused)"])
  }
}
