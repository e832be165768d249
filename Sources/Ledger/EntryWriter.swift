/// The statements that write entries, compiled once.
struct EntryWriter {
  private let insertOther: Statement
  private let charges: ChargeWriter

  init(_ database: Database) throws(LedgerError) {
    insertOther = try database.statement(
      """
      INSERT INTO entry (key, at, amount, balance, kind)
      VALUES (?1, ?2, ?3, ?4, ?5)
      """)
    charges = ChargeWriter(database)
  }

  /// Writes the entry whose number and balance the account's state already shows.
  func write(
    _ kind: Ledger.Entry.Kind, _ amount: Int64, to account: Account, at: Int64
  ) throws(LedgerError) {
    let partition = account.state.partitions.entries
    insertOther.bind(EntryKey.of(partition, account.state.lastEntry), at: 1)
    insertOther.bind(at, at: 2)
    insertOther.bind(amount, at: 3)
    insertOther.bind(account.state.balance, at: 4)
    insertOther.bind(kind.rawValue, at: 5)
    try insertOther.run()
  }

  /// Writes the entry of a charge, with ``flush()`` at the latest; this is the hot path.
  func write(_ charge: Charge) throws(LedgerError) { try charges.write(charge) }

  /// Writes the waiting entries.
  func flush() throws(LedgerError) { try charges.flush() }

  /// Drops the waiting entries, because their transaction is rolled back.
  func discard() { charges.discard() }
}
