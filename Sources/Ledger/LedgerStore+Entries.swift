/// Changes of entries that don't change the balance: folding, resetting, restoring.
extension LedgerStore {
  /// Deletes the entries whose numbers are in `range`. The caller updates the account's state.
  func deleteEntries(of account: Account, in range: ClosedRange<Int64>) throws(LedgerError) {
    let delete = try database.statement(
      "DELETE FROM entry WHERE key BETWEEN ?1 AND ?2")
    let partition = account.state.partitions.entries
    delete.bind(EntryKey.of(partition, range.lowerBound), at: 1)
    delete.bind(EntryKey.of(partition, range.upperBound), at: 2)
    try delete.run()
  }

  /// Writes entries unchanged. The caller updates the account's state.
  func write(_ entries: [Ledger.Entry], of account: Account) throws(LedgerError) {
    let insert = try database.statement(
      """
      INSERT INTO entry (key, at, kind, amount, balance, endpoint, request_id, task_id)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      """)
    for entry in entries {
      insert.bind(EntryKey.of(account.state.partitions.entries, entry.id), at: 1)
      insert.bind(entry.at, at: 2)
      insert.bind((entry.isFolded ? Schema.folded.kind : entry.kind).rawValue, at: 3)
      insert.bind(entry.amount, at: 4)
      insert.bind(entry.balance, at: 5)
      insert.bind(entry.isFolded ? Schema.folded.endpoint : entry.endpoint, at: 6)
      insert.bind(entry.requestID, at: 7)
      insert.bind(entry.taskID, at: 8)
      try insert.run()
    }
  }
}
