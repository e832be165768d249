import CloroContract
import JSON
import Ledger

extension OrganizationDirectory {
  /// Goes back to the loaded fixtures: minted keys and organizations are removed, and the fixtures'
  /// own start again.
  ///
  /// - Parameters:
  ///   - rules: Those that apply to all organizations; all of them are removed.
  ///   - committed: Called when the ledger has made the change, before memory follows.
  func reset(rules: RuleSet, committed: () -> Void = {}) throws(Refusal) {
    try administer { () throws(Refusal) in
      try replacing(rules, by: nil) { (removals) throws(LedgerError) in
        let follow = {
          committed()
          rules.removeAll()
        }
        try draft(committed: follow) { (draft, _) throws(LedgerError) in
          try draft.changes.write(removals)
          let loaded = loadedKeys
          let names = Set(loaded.map(\.key.key))
          for key in draft.state.keys.all where !names.contains(key.text) { try draft.remove(key) }
          try draft.createLoaded()
          // An organization with several keys is reset once, with the settings of its last key in
          // the fixtures.
          let given = self.beginnings(of: loaded)
          var beginnings: [(String, KeySettings)] = []
          var last = NameTable<Int>()
          for (plan, entry) in loaded {
            guard let name = draft.state.keys[entry.key]?.organization.name else { continue }
            last[name] = beginnings.count
            var settings = given[name] ?? KeySettings()
            settings.plan = plan
            beginnings.append((name, settings))
          }
          for (index, (name, settings)) in beginnings.enumerated() where last[name] == index {
            try draft.restart(draft.state.organizations[name]!, settings)
          }
          // Minted organizations are numbered from 1 again.
          draft.state.minted = 0
        }
      }
    }
  }

  /// Replaces the rules that apply to all organizations, in the ledger's transaction and in memory.
  ///
  /// - Parameters:
  ///   - lists: The rules that take their place; nil for none.
  ///   - body: Is given what the transaction has to write.
  func replacing<Value>(
    _ rules: RuleSet, by lists: RuleSet.Lists?,
    _ body: ([Ledger.Document]) throws(LedgerError) -> Value
  ) throws(Refusal) -> Value {
    guard let keeper else { return try withLedger { (_) throws(LedgerError) in try body([]) } }
    return try rules.suspended { () throws(Refusal) in
      var empty = rules.lists
      empty.faults.removeAll()
      empty.stubs.removeAll()
      let documents = keeper.documents(replacingShared: lists ?? empty)
      let value = try withLedger { (_) throws(LedgerError) in try body(documents) }
      rules.noteStored()
      return value
    }
  }

  /// Resets one organization; its keys stay.
  ///
  /// - Parameter committed: Called when the ledger has made the change, before memory follows.
  func reset(
    _ organization: Organization, committed: () -> Void = {}
  ) throws(Refusal) {
    try administer { () throws(Refusal) in
      let fresh = try withLedger { (ledger) throws(LedgerError) in
        try readAll()
        return try ledger.transaction { (changes) throws(LedgerError) in
          try restarted(
            organization, beginning(of: organization), keys(of: organization), changes)
        }
      }
      committed()
      replace(organization, by: fresh)
      events.retired(organization)
      events.created(fresh)
    }
  }

  /// The settings that a fixture gives an organization. A minted organization keeps its last
  /// settings.
  private func beginning(of organization: Organization) -> KeySettings {
    let loaded = loadedKeys.filter { $0.key.organization.hasSameBytes(as: organization.name) }
    guard let entry = loaded.first else { return organization.settings.overrides }
    var settings = beginnings(of: loaded)[organization.name] ?? KeySettings()
    settings.plan = entry.plan
    return settings
  }

  /// Starts an organization again in the ledger.
  ///
  /// - Returns: The organization that takes its place in memory, so that work that still runs for
  ///   the old one can't affect it.
  func restarted(
    _ organization: Organization, _ overrides: KeySettings, _ keys: [APIKey],
    _ changes: Ledger.Transaction
  ) throws(LedgerError) -> Organization {
    let settings = resolve(overrides, in: plans)
    try changes.updateOrganization(
      organization.account, plan: settings.plan.name, settings: Self.text(overrides))
    let revoked = plans.revokedKeys
    for key in keys where key.isRevoked != revoked.contains(ByteText(key.text)) {
      try changes.setRevoked(!key.isRevoked, key: key.text)
    }
    return Organization(
      account: try changes.reset(
        organization.account, grant: settings.plan.credits, at: clock.now.milliseconds),
      createdAt: organization.createdAt, settings: settings, keeper: keeper)
  }
}
