extension Ledger {
  /// Takes a snapshot of accounts, all at one moment: between two transactions.
  ///
  /// It costs little even for accounts with many entries: entries are copied only when they are
  /// about to be destroyed by ``reset(_:grant:at:)``, ``removeOrganization(_:)``, the restore of an
  /// earlier snapshot or folding (``Retention``), and then at most ``Retention/inSnapshot`` of each
  /// account; older ones come back folded into one. Snapshots of one and the same state share the
  /// copy. Releasing a snapshot frees its memory.
  ///
  /// - Parameter accounts: The accounts.
  /// - Returns: The snapshots, in the same order.
  /// - Throws: ``LedgerError/unknownAccount`` if one is not in the ledger, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func snapshot(of accounts: [Account]) throws(LedgerError) -> [AccountSnapshot] {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      var snapshots: [AccountSnapshot] = []
      snapshots.reserveCapacity(accounts.count)
      for account in accounts {
        try store.require(account)
        guard let row = try store.records.organization(account) else { throw .unknownAccount }
        snapshots.append(
          AccountSnapshot(
            name: account.name, plan: row.plan, settings: row.settings, createdAt: row.createdAt,
            balance: account.state.balance, keys: row.keys,
            history: store.history(of: account, in: self)))
      }
      return snapshots
    }
  }

  /// Restores organizations to what they were when a snapshot was taken: plan, settings, keys,
  /// balance and entries. It is one transaction: all of it happens, or nothing.
  ///
  /// Organizations are identified by name. One that was removed is created again, with its old
  /// number if that is free. Organizations without a snapshot in the list stay as they are. The old
  /// handles are invalid from then on, as after ``reset(_:grant:at:)``: a charge that is still
  /// waiting fails with ``LedgerError/unknownAccount``.
  ///
  /// Where the entries are still in the ledger, only later ones are deleted. Where these are more
  /// than ``Retention/inSnapshot``, and otherwise, they are written again from the snapshot's copy.
  /// So it takes no longer, however many entries there are. A snapshot can be restored any number
  /// of times, and into another ledger too, as long as the one that it was taken of is open or its
  /// entries were copied already.
  ///
  /// - Parameter snapshots: At most one of each organization.
  /// - Returns: The organizations' new handles, in the same order.
  /// - Throws: ``LedgerError/keyExists`` if a key now belongs to an organization that is not being
  ///   restored, ``LedgerError/organizationExists(name:)`` if two snapshots have the same name,
  ///   ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func restore(_ snapshots: [AccountSnapshot]) throws(LedgerError) -> [Account] {
    try transaction(restoring: snapshots) { (_, accounts) in accounts }
  }

  /// Makes several changes in one transaction, the last of which restores snapshots: see
  /// ``transaction(_:)`` and ``restore(_:)``.
  ///
  /// - Parameters:
  ///   - before: Makes changes before the restore. By default there are none.
  ///   - body: Is given the restored organizations' new handles, in the order of the snapshots.
  public func transaction<Value>(
    restoring snapshots: [AccountSnapshot],
    after before: (Transaction) throws(LedgerError) -> Void = { _ in },
    _ body: (Transaction, [Account]) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    // Histories of another ledger are copied before this ledger's queue is taken, so that two
    // ledgers that restore each other's snapshots can't deadlock.
    for snapshot in snapshots where snapshot.history.ledger !== self {
      try snapshot.history.ledger?.copy(snapshot.history)
    }
    return try transaction { (changes) throws(LedgerError) in
      try before(changes)
      return try body(changes, changes.restore(snapshots))
    }
  }

  /// Makes sure that a history of this ledger is copied.
  func copy(_ history: History) throws(LedgerError) {
    guard history.copy == nil else { return }
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      guard let account = store.accounts[history.organization], store.has(history, in: account)
      else { return }
      try store.copy(history, of: account)
    }
  }
}
