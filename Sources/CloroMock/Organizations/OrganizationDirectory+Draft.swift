import JSON
import Ledger
import Simulation

extension OrganizationDirectory {
  /// The directory as a change of many organizations will leave it.
  ///
  /// The ledger's part of each step is done at once, within a transaction. Memory takes the draft
  /// over when that is committed, so a change that the ledger refuses leaves no trace in either.
  struct Draft {
    let directory: OrganizationDirectory
    let plans: PlanCatalogue
    let changes: Ledger.Transaction
    var state: State
    /// The organizations that are removed or replaced, in order.
    private(set) var retired: [Organization] = []
    /// The organizations that are new, in order; some may have been replaced later.
    private var made: [Organization] = []

    /// The draft of a change that has not begun.
    init(
      _ directory: OrganizationDirectory, _ state: State, plans: PlanCatalogue,
      _ changes: Ledger.Transaction
    ) {
      (self.directory, self.state) = (directory, state)
      (self.plans, self.changes) = (plans, changes)
    }

    /// The organizations that are new, in order.
    var created: [Organization] { made.filter { state.organizations[$0.name] === $0 } }

    /// Removes a key; with its last key the organization is removed too.
    mutating func remove(_ key: APIKey) throws(LedgerError) {
      let organization = key.organization
      guard state.keys.remove(key.text) else { return try changes.removeKey(key.text) }
      state.organizations[organization.name] = nil
      retired.append(organization)
      try changes.removeOrganization(organization.account)
    }

    /// Creates the keys of the loaded fixtures that don't exist, with their organizations.
    mutating func createLoaded() throws(LedgerError) {
      let loaded = directory.loadedKeys(in: plans)
      let beginnings = directory.beginnings(of: loaded)
      for (plan, entry) in loaded where state.keys[entry.key] == nil {
        let name = entry.organization
        let organization: Organization
        if let existing = state.organizations[name] {
          organization = existing
        } else {
          var overrides = beginnings[name] ?? KeySettings()
          overrides.plan = plan
          organization = try directory.make(name, overrides, in: plans, changes)
          put(organization)
        }
        try changes.addKey(entry.key, to: organization.account)
        if entry.isRevoked { try changes.setRevoked(true, key: entry.key) }
        state.keys.put(
          APIKey(entry.key, organization: organization, isRevoked: entry.isRevoked))
      }
    }

    /// Starts an organization again, with such settings.
    mutating func restart(
      _ organization: Organization, _ overrides: KeySettings
    ) throws(LedgerError) {
      let keys = state.keys.keys(of: organization.name)
      put(try directory.restarted(organization, overrides, keys, changes))
      state.replaceKeys(
        of: state.organizations[organization.name]!, revoked: plans.revokedKeys)
    }

    /// Puts an organization and its keys in the place of those of the same name.
    mutating func put(_ organization: Organization, _ keys: [APIKey]) {
      let texts = Set(keys.map { ByteText($0.text) })
      for key in state.keys.keys(of: organization.name) where !texts.contains(ByteText(key.text)) {
        _ = state.keys.remove(key.text)
      }
      for key in keys { state.keys.put(key) }
      put(organization)
    }

    private mutating func put(_ organization: Organization) {
      let old = state.organizations.updateValue(organization, for: organization.name)
      if let old { retired.append(old) }
      made.append(organization)
    }
  }

  /// Makes a change of many organizations: the ledger's part in one transaction, and then memory's.
  ///
  /// - Parameters:
  ///   - plans: The plans that hold from then on; nil keeps the present ones.
  ///   - snapshots: The organizations that the ledger restores after `before`; none by default.
  ///   - committed: Called when the ledger has made the change, before memory follows.
  ///   - before: Makes changes before the ledger restores organizations.
  ///   - body: Makes changes; it is given the restored organizations' accounts.
  /// - Returns: What `body` returns.
  @discardableResult
  func draft<Value>(
    plans: PlanCatalogue? = nil, restoring snapshots: [Ledger.AccountSnapshot] = [],
    committed: () -> Void = {}, before: (inout Draft) throws(LedgerError) -> Void = { _ in },
    _ body: (inout Draft, [Account]) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    // Memory takes the draft over as a whole.
    try readAll()
    var draft: Draft?
    let value = try ledger.transaction(restoring: snapshots) { (changes) throws(LedgerError) in
      draft = Draft(self, present, plans: plans ?? self.plans, changes)
      try before(&draft!)
    } _: { (_, accounts) throws(LedgerError) in
      let value = try body(&draft!, accounts)
      try draft!.changes.write([Self.document(minted: draft!.state.minted)])
      return value
    }
    committed()
    if let draft { take(draft) }
    return value
  }

  private func take(_ draft: Draft) {
    take(draft.state)
    for organization in draft.retired { events.retired(organization) }
    for organization in draft.created { events.created(organization) }
  }
}
