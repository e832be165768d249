import Synchronization

/// One organization's place in a ledger: what a charge is charged to.
///
/// A ledger hands out one and the same object for an organization for as long as it is open, so
/// callers can keep it with their own data of the organization.
public final class Account: Sendable {
  /// The organization's number in the ledger, from 1. The number of a removed organization may be
  /// given to a new one.
  public let id: Int64

  /// The organization's name, unique in the ledger.
  public let name: String

  private let committed: Atomic<Int64>

  /// The account's state, which only the ledger's queue uses.
  ///
  /// Safe though unchecked: only code confined to the queue of the ledger that made the account
  /// touches it, after finding this very object in its table of accounts.
  /// `@exclusivity(unchecked)`: as in ``LedgerStore``.
  @exclusivity(unchecked) nonisolated(unsafe) var state: AccountState

  /// - Parameter partitions: Where its entries and documents lie; nil, the default, where those of
  ///   a new organization do.
  init(
    id: Int64, name: String, balance: Int64, lastEntry: Int64, oldestEntry: Int64 = 1,
    partitions: Partitions? = nil
  ) {
    self.id = id
    self.name = name
    self.committed = Atomic(balance)
    self.state = AccountState(
      balance: balance, lastEntry: lastEntry, oldestEntry: oldestEntry,
      partitions: partitions ?? Partitions(ofOrganization: id))
  }

  /// A handle whose entries haven't been looked at. That is done when it is first used.
  convenience init(unread row: Records.AccountRow, in partitions: Partitions) {
    self.init(
      id: row.id, name: row.name, balance: row.balance, lastEntry: 0, partitions: partitions)
    state.isStale = true
  }

  /// A new handle that replaces one which must not reach the account any more.
  init(replacing account: Account) {
    id = account.id
    name = account.name
    committed = Atomic(account.balance)
    state = account.state
    state.isTouched = false
  }

  /// The balance after the last committed entry, in credits, never negative; 0 once removed.
  ///
  /// Can be read from any thread, without waiting. A charge that this balance covers may still be
  /// refused, because other charges may be decided before it.
  public var balance: Int64 {
    committed.load(ordering: .acquiring)
  }

  /// Makes the balance of ``state`` visible to all threads, once it is committed.
  func publish() {
    committed.store(state.balance, ordering: .releasing)
  }
}
