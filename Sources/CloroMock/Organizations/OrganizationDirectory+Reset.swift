import CloroContract
import Ledger

extension OrganizationDirectory {
  /// Goes back to the loaded fixtures: minted keys and organizations are removed, and the fixtures'
  /// own start again.
  func reset() throws(Refusal) {
    try administer { () throws(Refusal) in
      try withLedger { (_) throws(LedgerError) in
        let loaded = loadedKeys
        let names = Set(loaded.map(\.key.key))
        for key in keys where !names.contains(key.text) { try drop(key) }
        try createLoaded()
        // An organization with several keys is reset once, with the settings of its last key in the
        // fixtures.
        var (beginnings, last): ([(Organization, KeySettings)], [String: Int]) = ([], [:])
        for (plan, entry) in loaded {
          guard let organization = key(entry.key)?.organization else { continue }
          last[organization.name] = beginnings.count
          beginnings.append(
            (organization, KeySettings(plan: plan, credits: entry.credits.map { Int($0) })))
        }
        for (index, (organization, settings)) in beginnings.enumerated()
        where last[organization.name] == index {
          try restart(organization, settings)
        }
        countAnew()
      }
    }
  }

  /// Resets one organization; its keys stay.
  func reset(_ organization: Organization) throws(Refusal) {
    try administer { () throws(Refusal) in
      try withLedger { (_) throws(LedgerError) in
        try restart(organization, beginning(of: organization))
      }
    }
  }

  /// The settings that a fixture gives an organization. A minted organization keeps its last
  /// settings.
  private func beginning(of organization: Organization) -> KeySettings {
    guard let entry = loadedKeys.first(where: { $0.key.organization == organization.name }) else {
      return organization.settings.overrides
    }
    return KeySettings(plan: entry.plan, credits: entry.key.credits.map { Int($0) })
  }

  private func restart(
    _ organization: Organization, _ overrides: KeySettings
  ) throws(LedgerError) {
    let settings = resolve(overrides)
    let now = clock.now
    try ledger.updateOrganization(
      organization.account, plan: settings.plan.name, settings: text(overrides))
    for key in keys(of: organization) where key.isRevoked {
      try ledger.setRevoked(false, key: key.text)
    }
    // The old organization object is replaced, so that work that still runs for it can't affect the
    // new one.
    let fresh = Organization(
      account: try ledger.reset(
        organization.account, grant: settings.plan.credits, at: now.milliseconds),
      createdAt: organization.createdAt, settings: settings)
    replace(organization, by: fresh)
    events.retired(organization)
    events.created(fresh)
  }
}
