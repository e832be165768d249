extension Ledger {
  /// A page of an account's entries from a given one on.
  ///
  /// If requested entries have been folded, the page begins with the folded entry, which also
  /// replaces entries before `since`.
  ///
  /// - Parameters:
  ///   - account: Whose.
  ///   - since: The number of the last entry already seen: those after it are returned. The default
  ///     is 0, the beginning.
  ///   - limit: Most entries to return, 0 or more. The default is 100.
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func page(
    of account: Account, since: Int64 = 0, limit: Int = 100
  ) throws(LedgerError) -> Page {
    try summed(account) { (records) throws(LedgerError) in
      try records.page(of: account, since: since, limit: limit)
    }
  }

  /// The newest entries of an account, oldest of them first.
  ///
  /// - Parameters:
  ///   - account: Whose.
  ///   - latest: Most entries to return, 0 or more.
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func page(of account: Account, latest: Int) throws(LedgerError) -> Page {
    try summed(account) { (records) throws(LedgerError) in
      try records.page(of: account, latest: latest)
    }
  }

  /// Reads a page once all but a few of the account's entries are summed up. Until then it sums
  /// them up in several separate turns on the queue, so that charges needn't wait for millions of
  /// entries.
  func summed<Value>(
    _ account: Account, _ read: (Records) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    while true {
      let page = try store.sync { (store) throws(LedgerError) -> Value? in
        try store.require(account)
        guard try store.records.sumUpStretch(of: account) else { return nil }
        return try read(store.records)
      }
      if let page { return page }
    }
  }

  /// When an account's last entry was written.
  ///
  /// - Returns: Milliseconds since the Unix epoch, on the clock of whoever wrote it; nil when there
  ///   is no entry.
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func timeOfLastEntry(of account: Account) throws(LedgerError) -> Int64? {
    try store.sync { (store) throws(LedgerError) in
      try store.require(account)
      let last = account.state.lastEntry
      return try store.records.entries(of: account, since: last - 1, limit: 1).first?.at
    }
  }

  /// Checks the whole ledger, reading every entry. Charges wait meanwhile.
  ///
  /// - Returns: What is wrong; nothing when all is well.
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func verify() throws(LedgerError) -> [Discrepancy] {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      return try Verification.run(on: store.database)
    }
  }
}
