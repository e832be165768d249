/// Reading entries.
extension Records {
  /// The first `limit` entries after number `since`, and whether all entries add up.
  ///
  /// Only entries that are new since the last page are summed up, however many there are in all.
  func page(
    of account: Account, since: Int64, limit: Int
  ) throws(LedgerError) -> Ledger.Page {
    guard let stored = try self.account(account.id, in: account.state.partitions) else {
      throw .unknownAccount
    }
    try sumUp(account, through: stored.lastEntry)
    return Ledger.Page(
      balance: stored.balance,
      entries: try entries(of: account, since: since, limit: max(0, limit)),
      isConsistent: account.state.sum == stored.balance)
  }

  /// The newest `limit` entries, oldest first, and whether all entries add up.
  func page(of account: Account, latest limit: Int) throws(LedgerError) -> Ledger.Page {
    // Numbers have no gaps after the first entry, so the newest entries are found by subtraction.
    let last = try self.account(account.id, in: account.state.partitions)?.lastEntry ?? 0
    return try page(of: account, since: max(0, last - Int64(max(0, limit))), limit: limit)
  }

  /// The entries after number `since` up to number `last`, but no more than `limit`.
  func entries(
    of account: Account, since: Int64, through last: Int64 = .max, limit: Int = .max
  ) throws(LedgerError) -> [Ledger.Entry] {
    let statement = try database.statement(
      """
      SELECT id, at, kind, amount, balance, endpoint, request_id, task_id FROM entry
      WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3
      """)
    statement.bind(EntryKey.of(account.state.partitions.entries, since), at: 1)
    statement.bind(EntryKey.of(account.state.partitions.entries, last), at: 2)
    statement.bind(Int64(limit), at: 3)
    var entries: [Ledger.Entry] = []
    try statement.forEachRow { (row) throws(LedgerError) in
      let kind = row.text(at: 2).flatMap(Ledger.Entry.Kind.init) ?? .adjustment
      let endpoint = row.text(at: 5)
      let isFolded = (kind, endpoint) == Schema.folded
      entries.append(
        Ledger.Entry(
          id: row.integer(at: 0), at: row.integer(at: 1), kind: isFolded ? .folded : kind,
          amount: row.integer(at: 3), balance: row.integer(at: 4),
          endpoint: isFolded ? nil : endpoint, requestID: row.text(at: 6), taskID: row.text(at: 7)))
    }
    return entries
  }

  /// How many entries are summed up in one turn on the queue, which takes a few milliseconds.
  static let stretch: Int64 = 50_000

  /// Sums up the next ``stretch`` of entries, unless fewer are left.
  ///
  /// - Returns: Whether fewer are left.
  func sumUpStretch(of account: Account) throws(LedgerError) -> Bool {
    let next = account.state.summedThrough + Self.stretch
    guard account.state.lastEntry > next else { return true }
    try sumUp(account, through: next)
    return false
  }

  private func sumUp(_ account: Account, through last: Int64) throws(LedgerError) {
    let statement = try database.statement(
      "SELECT amount FROM entry WHERE key > ?1 AND key <= ?2")
    let partition = account.state.partitions.entries
    statement.bind(EntryKey.of(partition, account.state.summedThrough), at: 1)
    statement.bind(EntryKey.of(partition, last), at: 2)
    var sum = account.state.sum
    // Additions wrap around, because a tampered file must lead to an answer and not to a crash.
    try statement.forEachRow { (row) throws(LedgerError) in sum &+= row.integer(at: 0) }
    account.state.setSum(sum, through: max(account.state.summedThrough, last))
  }

  /// The entry that replaces the entries up to number `last`; `nil` if there is no such entry.
  ///
  /// An entry can't have an amount of 0. If these entries add up to 0, the last one is left out,
  /// because the others then don't.
  func folded(
    of account: Account, through last: Int64
  ) throws(LedgerError) -> Ledger.Entry? {
    let statement = try database.statement(
      """
      SELECT at, balance,
        (SELECT sum(amount) FROM entry WHERE key > ?1 AND key <= ?2)
      FROM entry WHERE key = ?2
      """)
    statement.bind(EntryKey.of(account.state.partitions.entries, 0), at: 1)
    statement.bind(EntryKey.of(account.state.partitions.entries, last), at: 2)
    var folded: Ledger.Entry?
    try statement.forEachRow { row in
      folded = Ledger.Entry(
        id: last, at: row.integer(at: 0), kind: .folded, amount: row.integer(at: 2),
        balance: row.integer(at: 1), endpoint: nil, requestID: nil, taskID: nil)
    }
    guard folded?.amount == 0 else { return folded }
    return try self.folded(of: account, through: last - 1)
  }
}
