/// The statements that add an entry, kept ready.
struct EntryWriter {
  private let insertCharge: Statement
  private let insertOther: Statement

  init(_ database: Database) throws(LedgerError) {
    insertCharge = try database.statement(
      """
      INSERT INTO entry (key, at, kind, amount, balance, endpoint, request_id, task_id)
      VALUES (?1, ?2, 'charge', ?3, ?4, ?5, ?6, ?7)
      """)
    insertOther = try database.statement(
      """
      INSERT INTO entry (key, at, amount, balance, kind)
      VALUES (?1, ?2, ?3, ?4, ?5)
      """)
  }

  /// Writes the entry whose number and balance the account's state already shows.
  func write(
    _ kind: Ledger.Entry.Kind, _ amount: Int64, to account: Account, at: Int64
  ) throws(LedgerError) {
    bind(account, at: at, amount: amount, to: insertOther)
    insertOther.bind(kind.rawValue, at: 5)
    try insertOther.run()
  }

  /// Writes the entry of a charge; this is the hot path.
  ///
  /// The three texts are bound where they lie, not copied, so the statement has to run before
  /// their bytes are let go: inside all three closures.
  func write(_ charge: borrowing Charge) throws(LedgerError) {
    let statement = insertCharge
    bind(charge.account, at: charge.at, amount: -charge.amount, to: statement)
    let endpoint = charge.endpoint
    let result: Result<Void, LedgerError> = withUTF8(endpoint) { endpoint in
      withUTF8(charge.requestID) { requestID in
        withUTF8(charge.taskID) { taskID in
          statement.bind(borrowing: endpoint, at: 5)
          statement.bind(borrowing: requestID, at: 6)
          statement.bind(borrowing: taskID, at: 7)
          return Result { () throws(LedgerError) in try statement.run() }
        }
      }
    }
    try result.get()
  }

  private func bind(_ account: Account, at: Int64, amount: Int64, to statement: Statement) {
    statement.bind(EntryKey.of(account.id, account.state.lastEntry), at: 1)
    statement.bind(at, at: 2)
    statement.bind(amount, at: 3)
    statement.bind(account.state.balance, at: 4)
  }

  @inline(__always)
  private func withUTF8<Result>(
    _ text: String?, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
  ) -> Result {
    guard var text else { return body(nil) }
    return text.withUTF8(body)
  }
}
