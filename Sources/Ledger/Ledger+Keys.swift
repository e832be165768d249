extension Ledger {
  /// Adds an API key to an organization.
  ///
  /// - Parameters:
  ///   - text: The key, unique in the ledger. The ledger requires no particular form.
  ///   - account: The organization.
  ///   - settings: What the caller stores with the key. The default is nothing.
  /// - Throws: ``LedgerError/keyExists``, ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  @discardableResult
  public func addKey(
    _ text: String, to account: Account, settings: String? = nil
  ) throws(LedgerError) -> Key {
    try store.sync { (store) throws(LedgerError) in
      try store.require(account)
      try store.transaction { () throws(LedgerError) in
        let insert = try store.database.statement(
          "INSERT INTO api_key (text, organization, settings) VALUES (?1, ?2, ?3)")
        insert.bind(text, at: 1)
        insert.bind(account.id, at: 2)
        insert.bind(settings, at: 3)
        try insert.run(duplicate: .keyExists)
      }
      return Key(text: text, organization: account.id, settings: settings, isRevoked: false)
    }
  }

  /// Replaces what the caller stores with a key.
  ///
  /// - Throws: ``LedgerError/unknownKey``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func updateKey(_ text: String, settings: String?) throws(LedgerError) {
    try changeKey(text, "UPDATE api_key SET settings = ?2 WHERE text = ?1") { statement in
      statement.bind(settings, at: 2)
    }
  }

  /// Revokes a key, or makes it valid again.
  ///
  /// - Throws: ``LedgerError/unknownKey``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func setRevoked(_ isRevoked: Bool, key text: String) throws(LedgerError) {
    try changeKey(text, "UPDATE api_key SET revoked = ?2 WHERE text = ?1") { statement in
      statement.bind(isRevoked ? 1 : 0, at: 2)
    }
  }

  /// Removes a key. The organization and its entries stay.
  ///
  /// - Throws: ``LedgerError/unknownKey``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func removeKey(_ text: String) throws(LedgerError) {
    try changeKey(text, "DELETE FROM api_key WHERE text = ?1") { _ in }
  }

  /// The keys of one organization, or of all, in the order in which they were added.
  ///
  /// - Parameter account: The organization; `nil`, the default, is every one.
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func keys(of account: Account? = nil) throws(LedgerError) -> [Key] {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      if let account { try store.require(account) }
      return try store.records.keys(of: account?.id)
    }
  }

  private func changeKey(
    _ text: String, _ sql: String, _ bind: (Statement) -> Void
  ) throws(LedgerError) {
    try store.sync { (store) throws(LedgerError) in
      try store.transaction { () throws(LedgerError) in
        let statement = try store.database.statement(sql)
        statement.bind(text, at: 1)
        bind(statement)
        try statement.run()
        guard store.database.changedRows > 0 else { throw .unknownKey }
      }
    }
  }
}
