import Platform
import Synchronization

/// Credits of organizations in SQLite: balances, the entries that make them up, and API keys; and
/// in a file what its owner keeps beside them, ``Document``.
///
/// ```swift
/// let ledger = try Ledger(.file("credits.db"))
/// let account = try ledger.createOrganization(
///   named: "demo", plan: "hobby", grant: 250_000, at: now)
/// ledger.charge(Charge(account: account, amount: 7, at: now, endpoint: route)) { outcome in
///   // Committed, or refused. On the ledger's queue: hand on, don't work here.
/// }
/// ```
///
/// Any thread may call anything at any time. One serial queue owns the database; charges that
/// arrive while a transaction runs share the next one (group commit). The calls that return a
/// value or throw wait for that queue, so they see every charge that the same thread made before,
/// and **must not be called from a completion**, which runs on it.
///
/// The ledger has no clock: every call that writes is told the time, in milliseconds since the
/// Unix epoch. Amounts are whole credits.
///
/// Once a charge's completion has heard `charged`, killing the process does not undo it. A power
/// cut may take back the last moments, but leaves a ledger that adds up (`synchronous = NORMAL`).
public final class Ledger: Sendable {
  let queue: SerialQueue
  /// Whether the ledger is in memory, so that no disk can delay a commit.
  let isInMemory: Bool
  let store: Confined<LedgerStore>
  let pending = Mutex(PendingCharges())
  /// Those that the queue doesn't know yet.
  let unusedAccounts = UnusedAccounts()
  /// nil in memory.
  let documentReader: DocumentReader?
  /// nil in memory.
  let checkpointer: Checkpointer?

  /// Opens a ledger; a file that doesn't exist or is empty becomes a new one.
  ///
  /// - Parameters:
  ///   - location: Where the ledger lives. The default is in memory, gone with the object.
  ///   - retention: How many entries are kept apart in memory and in snapshots. The default is
  ///     200,000 in all, 1,000 to 20,000 for each organization, and 10,000 in a snapshot.
  ///   - busyTimeoutMilliseconds: How long a file's passing locks, such as a reader's, are waited
  ///     for, 0 or more. The default is 2,000. Another double's claim is never waited for.
  /// - Throws: For a file ``LedgerError/notALedger(path:)``,
  ///   ``LedgerError/newerVersion(path:found:supported:)``,
  ///   ``LedgerError/cannotOpen(path:reason:)`` or ``LedgerError/inUse(path:)``; a refused file is
  ///   left as it was.
  public init(
    _ location: Location = .memory, retention: Retention = Retention(),
    busyTimeoutMilliseconds: Int32 = 2_000
  ) throws(LedgerError) {
    let queue = SerialQueue()
    self.queue = queue
    isInMemory = location == .memory
    self.store = Confined(
      try LedgerStore(
        location, retention: retention, busyTimeoutMilliseconds: busyTimeoutMilliseconds,
        unusedAccounts: unusedAccounts),
      to: queue)
    // The file is there by now, and is this ledger's.
    switch location {
    case .memory: (documentReader, checkpointer) = (nil, nil)
    case .file(let path):
      documentReader = try DocumentReader(
        path: path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
      checkpointer = try Checkpointer(path: path)
    }
    try store.sync { (store) throws(LedgerError) in sweepIfNeeded(store) }
  }

  /// Starts the threads of its queues. Without this call the first charge and the first deletion
  /// do.
  package func start() throws(SystemError) {
    try queue.start()
    try checkpointer?.start()
  }

  /// Commits the charges made so far, turns a file back to rollback mode and closes it.
  ///
  /// Returns when that is done. Charges made after the call fail with ``LedgerError/closed``, and
  /// once it has returned every other call does too. A second call does nothing. A ledger that is
  /// never closed loses nothing either: the next process that opens its file recovers it.
  public func close() {
    pending.withLock { $0.isClosed = true }
    try? store.sync { (store) throws(LedgerError) in
      drain(store)
      // Before the file can be turned back to rollback mode nobody else may have it open.
      documentReader?.close()
      checkpointer?.close()
      store.close()
    }
  }

  /// Why what was committed isn't in the file, ``LedgerError/lost(path:reason:)``; nil when it is.
  /// It is known when something has been written, and when the ledger has been closed.
  public var loss: LedgerError? {
    // Reading it doesn't throw.
    (try? store.sync { (store) throws(LedgerError) in store.loss }) ?? nil
  }

  /// What the ledger has committed since it was opened.
  ///
  /// - Throws: ``LedgerError/closed``.
  public func statistics() throws(LedgerError) -> Statistics {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      return store.statistics
    }
  }
}
