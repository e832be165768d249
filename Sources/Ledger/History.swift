import Synchronization

/// An account's entries as they were at one moment, for the snapshots taken at that moment.
///
/// Costs nothing as long as the entries stand in the ledger: an account's state lists the histories
/// that do (``AccountState/histories``). An operation that destroys entries (a fold, a reset, a
/// removal, a restore of an earlier moment) has them copied first and removes the history from the
/// list: `LedgerStore.preserve`. So a history is listed, or copied, or both.
final class History: Sendable {
  /// The ledger that stores the entries until they are copied; nil when none ever has.
  let ledger: Ledger?

  /// The ``Account/id`` of the organization in ``ledger``; 0 when there is none.
  let organization: Int64

  /// The number of the last entry; 0 when there was none.
  let last: Int64

  private let copied = Mutex<[Ledger.Entry]?>(nil)

  init(of account: Account, in ledger: Ledger) {
    self.ledger = ledger
    organization = account.id
    last = account.state.lastEntry
  }

  /// A history that stands in no ledger yet.
  init(of entries: [Ledger.Entry]) {
    ledger = nil
    organization = 0
    last = entries.last?.id ?? 0
    copied.withLock { $0 = entries }
  }

  /// The copied entries, oldest first; `nil` until they are copied.
  var copy: [Ledger.Entry]? {
    copied.withLock { $0 }
  }

  func keep(_ entries: [Ledger.Entry]) {
    copied.withLock { $0 = entries }
  }
}

/// A weak reference, so that a history lives only as long as a snapshot uses it.
struct WeakHistory {
  weak var history: History?
}
