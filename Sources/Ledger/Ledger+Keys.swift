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
    try transaction { (changes) throws(LedgerError) in
      try changes.addKey(text, to: account, settings: settings)
    }
  }

  /// Replaces what the caller stores with a key.
  ///
  /// - Throws: ``LedgerError/unknownKey``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func updateKey(_ text: String, settings: String?) throws(LedgerError) {
    try transaction { (changes) throws(LedgerError) in
      try changes.updateKey(text, settings: settings)
    }
  }

  /// Revokes a key, or makes it valid again.
  ///
  /// - Throws: ``LedgerError/unknownKey``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func setRevoked(_ isRevoked: Bool, key text: String) throws(LedgerError) {
    try transaction { (changes) throws(LedgerError) in
      try changes.setRevoked(isRevoked, key: text)
    }
  }

  /// Removes a key. The organization and its entries stay.
  ///
  /// - Throws: ``LedgerError/unknownKey``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func removeKey(_ text: String) throws(LedgerError) {
    try transaction { (changes) throws(LedgerError) in try changes.removeKey(text) }
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
}
