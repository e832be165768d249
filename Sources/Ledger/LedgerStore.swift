import Platform

/// The database of a ledger opened for writing, and the state kept in memory. Confined to one
/// queue.
///
/// Memory is ahead of the disk only during a transaction: accounts are changed while it runs,
/// published when it has committed, and read again from disk when it has failed.
///
/// `@exclusivity(unchecked)` is on the properties that every charge accesses several times, because
/// the check at run time costs time at each access. Safe, because only the queue accesses them.
final class LedgerStore {
  let database: Database
  let records: Records
  /// The accounts that have been used since the ledger was opened.
  @exclusivity(unchecked) private(set) var accounts: [Int64: Account] = [:]
  /// Those of a file that haven't.
  private let unusedAccounts: UnusedAccounts
  var statistics = Ledger.Statistics()

  /// The charges being drained, and the outcomes decided so far. Kept between drains for their
  /// capacity.
  @exclusivity(unchecked) var batch: [PendingCharge] = []
  @exclusivity(unchecked) var outcomes: [ChargeOutcome] = []

  let retention: Ledger.Retention

  /// Whether entries are folded while the ledger runs. Never in a file.
  var foldsEntries: Bool { !isFile }

  /// Whether documents are written. Never in memory.
  var keepsDocuments: Bool { isFile }

  /// Is asked before a commit of charges what else has changed.
  weak var documentSource: (any DocumentSource)?

  /// What the open transaction has got of ``documentSource``.
  var accompanying: [Ledger.Document] = []

  /// The kinds of documents that there are, and maybe some more, so that an organization's
  /// documents can be found by their key.
  var documentKinds: Set<Int64> = []

  var partitionNumbers: PartitionNumbers

  /// Whether there may be something dropped that is to be deleted.
  var hasDropped = false

  /// Whether the queue has a turn of that ahead.
  var isSweeping = false

  /// How many turns of that there have been.
  var sweeps = 0

  private let isFile: Bool
  private(set) var isOpen = true
  /// The files of a ledger in a file.
  private var files: WatchedFiles?
  /// Why the ledger's files are no longer what it writes to.
  private(set) var loss: LedgerError?
  private let begin: Statement
  private let commit: Statement
  private let updateBalance: Statement
  private let entries: EntryWriter

  /// The accounts that the open transaction has changed.
  @exclusivity(unchecked) private(set) var touched: [Account] = []

  /// The handles that the open transaction has exchanged: the number of the organization, and the
  /// handle that it had before.
  private var exchanged: [(id: Int64, before: Account?)] = []

  /// The number of entries that it has written, not counting folded or restored ones.
  @exclusivity(unchecked) private(set) var entriesWritten: Int64 = 0
  private var began: UInt64 = 0

  init(
    _ location: Ledger.Location, retention: Ledger.Retention, busyTimeoutMilliseconds: Int32,
    unusedAccounts: UnusedAccounts
  ) throws(LedgerError) {
    self.retention = retention
    self.unusedAccounts = unusedAccounts
    switch location {
    case .memory:
      database = try LedgerFile.empty()
      records = Records(database)
      partitionNumbers = PartitionNumbers(above: 0, used: [])
      isFile = false
    case .file(let path):
      let database = try LedgerFile.openForWriting(
        path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
      let records = Records(database)
      self.database = database
      self.records = records
      isFile = true
      files = WatchedFiles(path)
      let dropped: Set<Int64>
      (documentKinds, dropped) = try LedgerFile.explained(path) { () throws(LedgerError) in
        (try records.documentKinds(), try records.droppedPartitions())
      }
      hasDropped = !dropped.isEmpty
      partitionNumbers = try LedgerFile.explained(path) { () throws(LedgerError) in
        try records.requireEntries()
        return PartitionNumbers(
          above: try database.integer("SELECT max(id) FROM organization"),
          used: dropped.union(try records.givenPartitions()))
      }
    }
    begin = try database.statement("BEGIN IMMEDIATE")
    commit = try database.statement("COMMIT")
    updateBalance = try database.statement("UPDATE organization SET balance = ?1 WHERE id = ?2")
    entries = try EntryWriter(database)
  }

  func requireOpen() throws(LedgerError) {
    guard isOpen else { throw .closed }
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    try? requireFiles()
    guard loss == nil else {
      database.leaveFilesOnClose()
      return database.close()
    }
    if isFile { LedgerFile.closeAfterWriting(database) } else { database.close() }
  }

  /// Throws when somebody has taken a file away, now or before.
  func requireFiles() throws(LedgerError) {
    if loss == nil { loss = files?.look() }
    if let loss { throw loss }
  }

  /// Whether `account` is an account of this ledger and still exists. If not, its state must not be
  /// accessed.
  func knows(_ account: Account) -> Bool {
    if let known = accounts[account.id] { return known === account }
    guard unusedAccounts.take(account) else { return false }
    accounts[account.id] = account
    return true
  }

  /// The handle of an organization that is stored, used or not.
  func account(_ row: Records.AccountRow) -> Account {
    accounts[row.id] ?? unusedAccounts.account(row.id) { Account(unread: row) }
  }

  /// The handle of an organization that is stored, by its number and its name.
  func account(_ id: Int64, name: String) throws(LedgerError) -> Account {
    if let account = accounts[id] { return account }
    let partitions = try records.partitions(of: id)
    guard let stored = try records.account(id, in: partitions) else { throw .unknownAccount }
    return account(
      Records.AccountRow(id: id, name: name, balance: stored.balance, partitions: partitions))
  }

  /// Every organization with its account and keys, in the order of creation.
  func organizations() throws(LedgerError) -> [Ledger.Organization] {
    try records.organizations(
      // What is known isn't read again, as it needn't be there any more.
      lastEntry: { $0.state.isStale ? nil : $0.state.lastEntry }, account)
  }

  /// Throws unless `account` can be used: the ledger is open and knows it. State that a failed
  /// transaction has left is read again.
  func require(_ account: Account) throws(LedgerError) {
    try requireOpen()
    guard knows(account) else { throw .unknownAccount }
    if account.state.isStale { try reload(account) }
  }

}

// MARK: - Transactions

extension LedgerStore {
  /// Runs `body` in a transaction of its own: all of it is committed, or none.
  func transaction<Result>(
    _ body: () throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    try requireOpen()
    do throws(LedgerError) {
      try beginTransaction()
      let result = try body()
      try commitTransaction()
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  func beginTransaction() throws(LedgerError) {
    began = UInt64(System.monotonicNanoseconds())
    entriesWritten = 0
    try requireFiles()
    try begin.run()
  }

  func commitTransaction() throws(LedgerError) {
    try entries.flush()
    try foldTouched()
    for account in touched where knows(account) {
      updateBalance.bind(account.state.balance, at: 1)
      updateBalance.bind(account.id, at: 2)
      try updateBalance.run()
    }
    try commit.run()
    // A file that went since the beginning doesn't have what was committed.
    try requireFiles()
    for account in touched {
      account.state.isTouched = false
      account.publish()
    }
    touched.removeAll(keepingCapacity: true)
    noteExchanged()
    statistics.count(
      entries: entriesWritten,
      nanoseconds: UInt64(System.monotonicNanoseconds()) - began)
  }

  /// Undoes the open transaction on disk, if SQLite has not done so itself, and in memory.
  func rollBack() {
    entries.discard()
    for (id, before) in exchanged.reversed() { accounts[id] = before }
    exchanged.removeAll()
    if database.isInTransaction { try? database.execute("ROLLBACK") }
    for account in touched {
      account.state.isTouched = false
      account.state.isStale = true
      // If even reading fails now, the account's next use tries again.
      try? reload(account)
    }
    touched.removeAll(keepingCapacity: true)
  }

  /// Adds the handle of a new organization, within the open transaction.
  func insert(_ account: Account) {
    exchanged.append((account.id, accounts.updateValue(account, forKey: account.id)))
  }

  /// Removes the handle of a removed organization, within the open transaction.
  func remove(_ account: Account) {
    exchanged.append((account.id, accounts.removeValue(forKey: account.id)))
  }

  /// Replaces an organization's handle by a new one, within the open transaction, so that charges
  /// that wait for the old one don't reach the account.
  func replace(_ account: Account) -> Account {
    let fresh = Account(replacing: account)
    insert(fresh)
    // Both are touched: one gets the balance when it is committed, the other is read again when it
    // is not.
    touch(account)
    touch(fresh)
    return fresh
  }

  /// Notes that the exchanges of handles are committed. Removed organizations have no credits left.
  private func noteExchanged() {
    for case (let id, let before?) in exchanged where accounts[id] == nil {
      before.state.balance = 0
      before.publish()
    }
    exchanged.removeAll(keepingCapacity: true)
  }

  /// Marks an account as changed by the open transaction: its row is written when that commits.
  func touch(_ account: Account) {
    guard !account.state.isTouched else { return }
    account.state.isTouched = true
    touched.append(account)
  }

  /// Adds an entry, and its amount to the balance, within the open transaction.
  ///
  /// The caller makes sure that the new balance is neither negative nor too large.
  func post(
    _ kind: Ledger.Entry.Kind, _ amount: Int64, to account: Account, at: Int64
  ) throws(LedgerError) {
    guard amount != 0 else { return }
    touch(account)
    account.state.balance += amount
    account.state.lastEntry += 1
    entriesWritten += 1
    try entries.write(kind, amount, to: account, at: at)
  }

  /// Adds the entry of a charge above 0 that the balance covers. It is written with the commit at
  /// the latest.
  func post(_ charge: Charge) throws(LedgerError) {
    touch(charge.account)
    charge.account.state.balance -= charge.amount
    charge.account.state.lastEntry += 1
    entriesWritten += 1
    try entries.write(charge)
  }

  private func reload(_ account: Account) throws(LedgerError) {
    let partitions = try records.partitions(of: account.id)
    guard let stored = try records.account(account.id, in: partitions) else {
      throw .unknownAccount
    }
    account.state.balance = stored.balance
    account.state.lastEntry = stored.lastEntry
    account.state.oldestEntry = stored.oldestEntry
    account.state.partitions = partitions
    account.state.forgetSum()
    account.state.isStale = false
    account.publish()
  }
}
