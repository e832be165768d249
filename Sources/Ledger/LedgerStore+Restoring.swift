extension LedgerStore {
  /// Restores snapshots within the open transaction; their accounts' states show the result.
  ///
  /// The returned accounts are the old handles or new ones; neither may be given to callers yet.
  func restore(_ snapshots: [Ledger.AccountSnapshot]) throws(LedgerError) -> [Account] {
    var accounts: [Account] = []
    var seen: Set<Int64> = []
    for snapshot in snapshots {
      let account = try restoreOrganization(snapshot)
      guard seen.insert(account.id).inserted else {
        throw .organizationExists(name: snapshot.name)
      }
      try restoreEntries(of: account, to: snapshot.history)
      try dropDocuments(of: account)
      touch(account)
      account.state.balance = snapshot.balance
      accounts.append(account)
    }
    try restoreKeys(zip(accounts, snapshots))
    return accounts
  }

  /// The organization's row as it was; it is created again if it is gone.
  private func restoreOrganization(
    _ snapshot: Ledger.AccountSnapshot
  ) throws(LedgerError) -> Account {
    if let id = try records.number(ofOrganization: snapshot.name) {
      let account = try self.account(id, name: snapshot.name)
      try require(account)
      let update = try database.statement(
        "UPDATE organization SET plan = ?1, settings = ?2, created_at = ?3 WHERE id = ?4")
      update.bind(snapshot.plan, at: 1)
      update.bind(snapshot.settings, at: 2)
      update.bind(snapshot.createdAt, at: 3)
      update.bind(id, at: 4)
      try update.run()
      return account
    }
    let insert = try database.statement(
      """
      INSERT INTO organization (id, name, plan, settings, balance, created_at)
      VALUES (
        iif(?1 = 0 OR EXISTS (SELECT 1 FROM organization WHERE id = ?1), NULL, ?1),
        ?2, ?3, ?4, 0, ?5)
      """)
    insert.bind(snapshot.history.organization, at: 1)
    insert.bind(snapshot.name, at: 2)
    insert.bind(snapshot.plan, at: 3)
    insert.bind(snapshot.settings, at: 4)
    insert.bind(snapshot.createdAt, at: 5)
    try insert.run(duplicate: .organizationExists(name: snapshot.name))
    let account = Account(
      id: database.lastInsertedKey, name: snapshot.name, balance: 0, lastEntry: 0)
    try place(account)
    return account
  }

  private func restoreEntries(
    of account: Account, to history: History
  ) throws(LedgerError) {
    touch(account)
    let later = account.state.lastEntry - history.last
    if has(history, in: account), later <= retention.inSnapshot {
      guard later > 0 else { return }
      try preserve(account) { $0.last > history.last }
      try deleteEntries(of: account, in: history.last + 1 ... .max)
      account.state.truncate(to: history.last)
    } else {
      // Where there are very many later ones, writing those of the history again takes less time.
      try preserve(account)
      // A history has no copy only if it is another ledger's, which was closed too early.
      guard let entries = history.copy else { throw .closed }
      try dropEntries(of: account)
      try write(entries, of: account)
      account.state.forgetSum()
      account.state.lastEntry = history.last
      account.state.oldestEntry = entries.first?.id ?? 1
    }
  }

  /// Gives the organizations the keys they had.
  private func restoreKeys(
    _ pairs: Zip2Sequence<[Account], [Ledger.AccountSnapshot]>
  ) throws(LedgerError) {
    // Keys that are unchanged keep their place in the order of all keys.
    var changed: [(Account, [Ledger.Key])] = []
    for (account, snapshot) in pairs
    where try records.keys(of: account.id) != snapshot.keys {
      changed.append((account, snapshot.keys))
    }
    // All keys are deleted before any is added, because a key may have moved from one organization
    // to another.
    let delete = try database.statement("DELETE FROM api_key WHERE organization = ?1")
    for (account, _) in changed {
      delete.bind(account.id, at: 1)
      try delete.run()
    }
    let insert = try database.statement(
      "INSERT INTO api_key (text, organization, settings, revoked) VALUES (?1, ?2, ?3, ?4)")
    for (account, keys) in changed {
      for key in keys {
        insert.bind(key.text, at: 1)
        insert.bind(account.id, at: 2)
        insert.bind(key.settings, at: 3)
        insert.bind(key.isRevoked ? 1 : 0, at: 4)
        try insert.run(duplicate: .keyExists)
      }
    }
  }
}
