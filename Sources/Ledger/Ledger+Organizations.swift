extension Ledger {
  /// Creates an organization with its first grant.
  ///
  /// - Parameters:
  ///   - name: Its name, unique in the ledger.
  ///   - plan: The name of its plan.
  ///   - settings: What the caller stores with it. The default is an empty JSON object.
  ///   - grant: Credits to start with, 0 or more. 0 leaves no entry.
  ///   - at: The time, in milliseconds since the Unix epoch.
  /// - Throws: ``LedgerError/organizationExists(name:)``, ``LedgerError/invalidAmount(_:)`` for a
  ///   negative grant, ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  @discardableResult
  public func createOrganization(
    named name: String, plan: String, settings: String = "{}", grant: Int64, at: Int64
  ) throws(LedgerError) -> Account {
    try store.sync { (store) throws(LedgerError) in
      guard grant >= 0 else { throw .invalidAmount(grant) }
      let account = try store.transaction { () throws(LedgerError) in
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
        try store.post(.grant, grant, to: account, at: at)
        return account
      }
      store.insert(account)
      return account
    }
  }

  /// Changes an organization's plan or settings; `nil`, the default, leaves one as it is.
  ///
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func updateOrganization(
    _ account: Account, plan: String? = nil, settings: String? = nil
  ) throws(LedgerError) {
    try store.sync { (store) throws(LedgerError) in
      try store.require(account)
      try store.transaction { () throws(LedgerError) in
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
    }
  }

  /// Removes an organization with its keys and entries. Its account handle is invalid from then on.
  ///
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func removeOrganization(_ account: Account) throws(LedgerError) {
    try store.sync { (store) throws(LedgerError) in
      try store.require(account)
      try store.transaction { () throws(LedgerError) in
        try store.preserve(account)
        try store.deleteEntries(of: account.id, in: 0 ... .max)
        for deletion in [
          "DELETE FROM api_key WHERE organization = ?1",
          "DELETE FROM organization WHERE id = ?1",
        ] {
          let statement = try store.database.statement(deletion)
          statement.bind(account.id, at: 1)
          try statement.run()
        }
      }
      store.remove(account)
    }
  }

  /// Every organization with its account and keys, in the order of creation.
  ///
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func organizations() throws(LedgerError) -> [Organization] {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      return try store.records.organizations(store.accounts)
    }
  }
}
