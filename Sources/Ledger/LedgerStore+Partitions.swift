/// What belongs to an organization no longer, within the open transaction: dropped at once, deleted
/// later.
extension LedgerStore {
  /// The most entries that are deleted at once instead of being dropped: they lie side by side, so
  /// that it takes a millisecond or two.
  static let fewEntries: Int64 = 1_000

  /// The most rows that are deleted in one go later on. Whoever comes meanwhile waits for it.
  static let portion: Int64 = 128

  /// Says where the entries and documents of an organization lie whose row is new.
  func place(_ account: Account) throws(LedgerError) {
    let isFree = partitionNumbers.claim(account.id)
    func partition(notIn dropped: String) throws(LedgerError) -> Int64 {
      if isFree, try !isDropped(account.id, dropped) { return account.id }
      return try nextPartition()
    }
    let partitions = Partitions(
      entries: try partition(notIn: "dropped_entries"),
      documents: try partition(notIn: "dropped_documents"))
    if partitions != account.state.partitions { try move(account, to: partitions) }
  }

  private func isDropped(_ partition: Int64, _ table: String) throws(LedgerError) -> Bool {
    let found = try database.statement("SELECT 1 FROM \(table) WHERE partition = ?1")
    defer { found.reset() }
    found.bind(partition, at: 1)
    return try found.step()
  }

  /// Takes all entries from an organization. The caller updates the rest of the account's state.
  func dropEntries(of account: Account) throws(LedgerError) {
    guard account.state.lastEntry - account.state.oldestEntry >= Self.fewEntries else {
      return try deleteEntries(of: account, in: 0 ... .max)
    }
    try drop("dropped_entries", account.state.partitions.entries)
    var partitions = account.state.partitions
    partitions.entries = try nextPartition()
    try move(account, to: partitions)
  }

  /// Takes all documents from an organization.
  func dropDocuments(of account: Account) throws(LedgerError) {
    guard keepsDocuments, !documentKinds.isEmpty else { return }
    try drop("dropped_documents", account.state.partitions.documents)
    var partitions = account.state.partitions
    partitions.documents = try nextPartition()
    try move(account, to: partitions)
  }

  /// Forgets where the entries and documents of an organization lay whose row is deleted.
  func forgetPartitions(of account: Account) throws(LedgerError) {
    let delete = try database.statement(
      "DELETE FROM organization_partition WHERE organization = ?1")
    delete.bind(account.id, at: 1)
    try delete.run()
  }

  private func drop(_ table: String, _ partition: Int64) throws(LedgerError) {
    let insert = try database.statement("INSERT INTO \(table) (partition) VALUES (?1)")
    insert.bind(partition, at: 1)
    try insert.run()
    hasDropped = true
  }

  private func move(_ account: Account, to partitions: Partitions) throws(LedgerError) {
    touch(account)
    account.state.partitions = partitions
    let upsert = try database.statement(
      """
      INSERT INTO organization_partition (organization, entries, documents) VALUES (?1, ?2, ?3)
      ON CONFLICT (organization) DO UPDATE SET entries = ?2, documents = ?3
      """)
    upsert.bind(account.id, at: 1)
    upsert.bind(partitions.entries, at: 2)
    upsert.bind(partitions.documents, at: 3)
    try upsert.run()
  }

  private func nextPartition() throws(LedgerError) -> Int64 {
    let next = try partitionNumbers.next { () throws(LedgerError) in
      try records.droppedPartitions().union(try records.givenPartitions())
    }
    guard let next else {
      throw .database(.diskFull, message: "all numbers of partitions are in use")
    }
    return next
  }
}

// MARK: - Sweeping

extension LedgerStore {
  /// How many rows looking into a partition, or into one of its kinds of documents, counts for.
  private static let look: Int64 = 4

  /// Deletes a portion of what was dropped, in a transaction of its own that changes nothing else,
  /// and says in ``hasDropped`` whether there may be more.
  ///
  /// What fails is undone, and waits until something is dropped again, or the file is opened.
  func sweep() {
    guard isOpen, hasDropped else { return }
    do throws(LedgerError) {
      try requireFiles()
      try allowPagesInWAL(LedgerFile.pagesInWALWhileSweeping)
      try database.statement("BEGIN IMMEDIATE").run()
      var allowance = Self.portion
      var isDone = try sweepDocuments(&allowance)
      if isDone { isDone = try sweepEntries(&allowance) }
      try database.statement("COMMIT").run()
      hasDropped = !isDone
    } catch {
      if database.isInTransaction { try? database.execute("ROLLBACK") }
      hasDropped = false
    }
    if !hasDropped { try? allowPagesInWAL(LedgerFile.pagesInWAL) }
  }

  private func allowPagesInWAL(_ pages: Int) throws(LedgerError) {
    guard keepsDocuments else { return }
    try database.execute("PRAGMA wal_autocheckpoint = \(pages)")
  }

  /// Copies into the file what has come into the WAL since a ``Checkpointer`` began, when that is
  /// long: then the next commit begins it anew.
  func finishCheckpoint(_ pages: Int64) {
    guard isOpen, pages > LedgerFile.pagesInWALWhileSweeping / 2 else { return }
    // What fails is done by a later commit.
    do throws(LedgerError) {
      try requireFiles()
      try database.checkpoint()
    } catch {}
  }

  /// - Parameter allowance: How many rows may still be deleted.
  /// - Returns: Whether nothing is left.
  private func sweepDocuments(_ allowance: inout Int64) throws(LedgerError) -> Bool {
    let delete = try database.statement(
      """
      DELETE FROM document WHERE rowid IN (
        SELECT rowid FROM document WHERE kind = ?1 AND organization = ?2 LIMIT ?3)
      """)
    while let partition = try firstDropped("dropped_documents") {
      for kind in documentKinds {
        guard allowance > 0 else { return false }
        delete.bind(kind, at: 1)
        delete.bind(partition, at: 2)
        delete.bind(allowance, at: 3)
        try delete.run()
        let deleted = Int64(database.changedRows)
        guard deleted < allowance else { return false }
        allowance -= max(deleted, Self.look)
      }
      try forget("dropped_documents", partition)
    }
    return true
  }

  private func sweepEntries(_ allowance: inout Int64) throws(LedgerError) -> Bool {
    let delete = try database.statement(
      """
      DELETE FROM entry WHERE key IN (
        SELECT key FROM entry WHERE key BETWEEN ?1 AND ?2 LIMIT ?3)
      """)
    while let partition = try firstDropped("dropped_entries") {
      guard allowance > 0 else { return false }
      delete.bind(EntryKey.of(partition, 0), at: 1)
      delete.bind(EntryKey.of(partition, .max), at: 2)
      delete.bind(allowance, at: 3)
      try delete.run()
      let deleted = Int64(database.changedRows)
      guard deleted < allowance else { return false }
      allowance -= max(deleted, Self.look)
      try forget("dropped_entries", partition)
    }
    return true
  }

  private func firstDropped(_ table: String) throws(LedgerError) -> Int64? {
    let first = try database.statement("SELECT partition FROM \(table) LIMIT 1")
    defer { first.reset() }
    return try first.step() ? first.integer(at: 0) : nil
  }

  private func forget(_ table: String, _ partition: Int64) throws(LedgerError) {
    let delete = try database.statement("DELETE FROM \(table) WHERE partition = ?1")
    delete.bind(partition, at: 1)
    try delete.run()
  }
}
