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
    try transaction { (changes) throws(LedgerError) in
      try changes.createOrganization(
        named: name, plan: plan, settings: settings, grant: grant, at: at)
    }
  }

  /// Changes an organization's plan or settings; `nil`, the default, leaves one as it is.
  ///
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func updateOrganization(
    _ account: Account, plan: String? = nil, settings: String? = nil
  ) throws(LedgerError) {
    try transaction { (changes) throws(LedgerError) in
      try changes.updateOrganization(account, plan: plan, settings: settings)
    }
  }

  /// Removes an organization with its keys, entries and documents. Its account handle is invalid
  /// from then on.
  ///
  /// - Returns: The last balance.
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  @discardableResult
  public func removeOrganization(_ account: Account) throws(LedgerError) -> Int64 {
    try transaction { (changes) throws(LedgerError) in
      try changes.removeOrganization(account)
    }
  }

  /// Every organization with its account and keys, in the order of creation.
  ///
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func organizations() throws(LedgerError) -> [Organization] {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      return try store.organizations()
    }
  }
}
