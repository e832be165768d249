extension Ledger {
  /// Several changes that are made together: all of them are committed, or none.
  ///
  /// Each method is the change of the same name of ``Ledger``, within the open transaction. What
  /// they return may be used in further changes of the same transaction at once, and by others when
  /// ``Ledger/transaction(_:)`` has returned.
  public struct Transaction {
    let ledger: Ledger
    let store: LedgerStore
  }

  /// Makes several changes in one transaction.
  ///
  /// What they drop is gone when the call returns, but still takes room until ``sweep()``.
  ///
  /// When `body` throws, or the commit fails, the ledger is as it was: balances, entries, keys, and
  /// which handles are valid.
  ///
  /// - Parameter body: Makes the changes. It runs on the ledger's queue, while charges wait, and
  ///   must not make a call that waits for the ledger: that traps.
  /// - Throws: What `body` throws, ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func transaction<Value>(
    _ body: (Transaction) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    try store.sync { (store) throws(LedgerError) in
      try store.transaction { () throws(LedgerError) in
        try body(Transaction(ledger: self, store: store))
      }
    }
  }
}

// MARK: - Organizations

extension Ledger.Transaction {
  /// See ``Ledger/createOrganization(named:plan:settings:grant:at:)``.
  public func createOrganization(
    named name: String, plan: String, settings: String = "{}", grant: Int64, at: Int64
  ) throws(LedgerError) -> Account {
    guard grant >= 0 else { throw .invalidAmount(grant) }
    let insert = try store.database.statement(
      """
      INSERT INTO organization (name, plan, settings, balance, created_at)
      VALUES (?1, ?2, ?3, 0, ?4)
      """)
    insert.bind(name, at: 1)
    insert.bind(plan, at: 2)
    insert.bind(settings, at: 3)
    insert.bind(at, at: 4)
    try insert.run(duplicate: .organizationExists(name: name))
    let account = Account(
      id: store.database.lastInsertedKey, name: name, balance: 0, lastEntry: 0)
    store.insert(account)
    try store.place(account)
    try store.post(.grant, grant, to: account, at: at)
    return account
  }

  /// See ``Ledger/updateOrganization(_:plan:settings:)``.
  public func updateOrganization(
    _ account: Account, plan: String? = nil, settings: String? = nil
  ) throws(LedgerError) {
    try store.require(account)
    let update = try store.database.statement(
      """
      UPDATE organization
      SET plan = coalesce(?1, plan), settings = coalesce(?2, settings) WHERE id = ?3
      """)
    update.bind(plan, at: 1)
    update.bind(settings, at: 2)
    update.bind(account.id, at: 3)
    try update.run()
  }

  /// See ``Ledger/removeOrganization(_:)``.
  @discardableResult
  public func removeOrganization(_ account: Account) throws(LedgerError) -> Int64 {
    try store.require(account)
    let balance = account.balance
    try store.preserve(account)
    try store.dropEntries(of: account)
    try store.dropDocuments(of: account)
    try store.forgetPartitions(of: account)
    for deletion in [
      "DELETE FROM api_key WHERE organization = ?1",
      "DELETE FROM organization WHERE id = ?1",
    ] {
      let statement = try store.database.statement(deletion)
      statement.bind(account.id, at: 1)
      try statement.run()
    }
    store.remove(account)
    return balance
  }

  /// See ``Ledger/restore(_:)``. Snapshots of other ledgers must have been copied before.
  func restore(_ snapshots: [Ledger.AccountSnapshot]) throws(LedgerError) -> [Account] {
    let restored = try store.restore(snapshots)
    return zip(restored, snapshots).map { account, snapshot in
      let fresh = store.replace(account)
      // The entries have been written again, so they are in the ledger once more.
      if snapshot.history.ledger === ledger, !store.has(snapshot.history, in: fresh) {
        fresh.state.histories.append(WeakHistory(history: snapshot.history))
      }
      return fresh
    }
  }
}

// MARK: - Credits

extension Ledger.Transaction {
  /// See ``Ledger/addCredits(_:to:kind:at:)``.
  @discardableResult
  public func addCredits(
    _ amount: Int64, to account: Account, kind: Ledger.CreditKind = .grant, at: Int64
  ) throws(LedgerError) -> Int64 {
    try store.require(account)
    let balance = account.state.balance
    guard kind == .adjustment || amount >= 0 else { throw .invalidAmount(amount) }
    let (sum, overflow) = balance.addingReportingOverflow(amount)
    guard !overflow else { throw .invalidAmount(amount) }
    guard sum >= 0 else { throw .insufficientCredits(balance: balance) }
    try store.post(kind == .grant ? .grant : .adjustment, amount, to: account, at: at)
    return sum
  }

  /// See ``Ledger/setBalance(of:to:at:)``.
  public func setBalance(of account: Account, to balance: Int64, at: Int64) throws(LedgerError) {
    try store.require(account)
    guard balance >= 0 else { throw .invalidAmount(balance) }
    try store.post(.adjustment, balance - account.state.balance, to: account, at: at)
  }

  /// See ``Ledger/expire(_:grant:at:)``.
  public func expire(_ account: Account, grant: Int64, at: Int64) throws(LedgerError) {
    try store.require(account)
    guard grant >= 0 else { throw .invalidAmount(grant) }
    try store.post(.expiry, -account.state.balance, to: account, at: at)
    try store.post(.grant, grant, to: account, at: at)
  }

  /// See ``Ledger/reset(_:grant:at:)``.
  public func reset(_ account: Account, grant: Int64, at: Int64) throws(LedgerError) -> Account {
    try store.require(account)
    guard grant >= 0 else { throw .invalidAmount(grant) }
    try store.preserve(account)
    store.touch(account)
    try store.dropEntries(of: account)
    try store.dropDocuments(of: account)
    account.state.balance = 0
    account.state.lastEntry = 0
    account.state.oldestEntry = 1
    account.state.forgetSum()
    try store.post(.grant, grant, to: account, at: at)
    return store.replace(account)
  }
}

// MARK: - Keys

extension Ledger.Transaction {
  /// See ``Ledger/addKey(_:to:settings:)``.
  @discardableResult
  public func addKey(
    _ text: String, to account: Account, settings: String? = nil
  ) throws(LedgerError) -> Ledger.Key {
    try store.require(account)
    let insert = try store.database.statement(
      "INSERT INTO api_key (text, organization, settings) VALUES (?1, ?2, ?3)")
    insert.bind(text, at: 1)
    insert.bind(account.id, at: 2)
    insert.bind(settings, at: 3)
    try insert.run(duplicate: .keyExists)
    return Ledger.Key(text: text, organization: account.id, settings: settings, isRevoked: false)
  }

  /// See ``Ledger/updateKey(_:settings:)``.
  public func updateKey(_ text: String, settings: String?) throws(LedgerError) {
    try changeKey(text, "UPDATE api_key SET settings = ?2 WHERE text = ?1") { statement in
      statement.bind(settings, at: 2)
    }
  }

  /// See ``Ledger/setRevoked(_:key:)``.
  public func setRevoked(_ isRevoked: Bool, key text: String) throws(LedgerError) {
    try changeKey(text, "UPDATE api_key SET revoked = ?2 WHERE text = ?1") { statement in
      statement.bind(isRevoked ? 1 : 0, at: 2)
    }
  }

  /// See ``Ledger/removeKey(_:)``.
  public func removeKey(_ text: String) throws(LedgerError) {
    try changeKey(text, "DELETE FROM api_key WHERE text = ?1") { _ in }
  }

  private func changeKey(
    _ text: String, _ sql: String, _ bind: (Statement) -> Void
  ) throws(LedgerError) {
    let statement = try store.database.statement(sql)
    statement.bind(text, at: 1)
    bind(statement)
    try statement.run()
    guard store.database.changedRows > 0 else { throw .unknownKey }
  }
}
