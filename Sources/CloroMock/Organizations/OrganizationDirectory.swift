import CloroContract
import JSON
import Ledger
import Logging
import Simulation
import Synchronization

/// All organizations and keys, kept consistent with the ledger.
final class OrganizationDirectory: Sendable {
  /// Why a change was refused.
  enum Refusal: Error {
    case unknownKey(String)
    case keyExists(String)
    case unknownOrganization(String)
    /// The balance would become negative or exceed its range.
    case badBalance
    case ledger(LedgerError)
  }

  private struct State {
    var keys = KeyTable()
    var organizations: [String: Organization] = [:]
    var minted: UInt64 = 0
  }

  let ledger: Ledger
  let clock: MockClock
  private let catalogue: Mutex<PlanCatalogue>
  let events: OrganizationEvents
  let defaults: OrganizationSettings.Defaults
  private let logger: Logger
  private let state = Mutex(State())
  private let changes = Atomic<UInt64>(0)
  /// Locked during each change, so that memory and ledger change in the same order.
  private let administration = Mutex(())

  /// Loads the ledger's organizations, then creates those that the plans' fixtures give and the
  /// ledger doesn't have.
  init(
    ledger: Ledger, clock: MockClock, catalogue: PlanCatalogue,
    events: OrganizationEvents, defaults: OrganizationSettings.Defaults, logger: Logger
  ) throws(LedgerError) {
    self.logger = logger
    self.ledger = ledger
    self.clock = clock
    self.catalogue = Mutex(catalogue)
    self.events = events
    self.defaults = defaults
    load(try ledger.organizations())
    try createLoaded()
  }

  var plans: PlanCatalogue { catalogue.withLock { $0 } }

  // MARK: Reading

  /// Rises whenever a key has been removed or replaced, so that callers that cache keys look them
  /// up again.
  var version: UInt64 { changes.load(ordering: .acquiring) }

  /// The key with a text, revoked or not.
  func key(_ text: String) -> APIKey? { state.withLock { $0.keys[text] } }

  /// All organizations, by name.
  var all: [Organization] {
    state.withLock { $0.organizations.values.sorted { $0.name < $1.name } }
  }

  private func organization(_ name: String) -> Organization? {
    state.withLock { $0.organizations[name] }
  }

  /// All keys in the order in which they were added.
  var keys: [APIKey] { state.withLock { $0.keys }.all }

  /// An organization's keys in the order in which they were added.
  func keys(of organization: Organization) -> [APIKey] {
    state.withLock { $0.keys.keys(of: organization.name) }
  }

  // MARK: Loading

  private func load(_ records: [Ledger.Organization]) {
    // Minted keys mostly have equal settings, and parsing them would take longer than everything
    // else.
    var known: [StoredSettings: OrganizationSettings] = [:]
    state.withLock { state in
      state.organizations.reserveCapacity(records.count)
      state.keys.reserveCapacity(records.count)
    }
    for record in records {
      let stored = StoredSettings(plan: record.plan, json: Array(record.settings.utf8))
      let settings = known[stored] ?? resolve(read(stored))
      known[stored] = settings
      if plans.plans[record.plan] == nil {
        logger.warning(
          "an organization of the database has a plan that no fixture gives",
          metadata: [
            "organization": "\(record.account.name)", "plan": "\(record.plan)",
            "taken": "\(defaults.plan)",
          ])
      }
      load(record, settings)
    }
  }

  /// An organization's plan and overrides as the ledger's file stores them. They are compared as
  /// bytes, because Swift may consider different secrets equal.
  private struct StoredSettings: Hashable {
    let plan: String
    let json: [UInt8]
  }

  private func read(_ stored: StoredSettings) -> KeySettings {
    var settings = KeySettings()
    if let json = try? JSON(parsing: stored.json),
      var reader = ObjectReader(json, problems: JSONProblems())
    {
      settings = KeySettings(&reader, plans: plans)
    }
    settings.plan = stored.plan
    return settings
  }

  private func load(_ record: Ledger.Organization, _ settings: OrganizationSettings) {
    // Charged requests have used up identifiers, which must not be given again after a restart.
    let requests = record.lastEntry > 1 ? UInt64(record.lastEntry) << 32 : 0
    let organization = Organization(
      account: record.account, createdAt: Timestamp(milliseconds: record.createdAt),
      settings: settings)
    let allocation = CycleAllocation(stored: record.settings)
    organization.withState { $0.allocation = allocation }
    state.withLock { state in
      state.organizations[organization.name] = organization
      for key in record.keys {
        state.keys.put(
          APIKey(
            key.text, organization: organization, isRevoked: key.isRevoked, requests: requests))
      }
    }
    events.loaded(organization)
  }

  /// The keys of the loaded fixtures, or the built-in key when they give none.
  var loadedKeys: [(plan: String, key: Plan.Key)] {
    let plans = plans
    let given = plans.fixtureNames.flatMap { name in
      plans.plans[name]!.keys.map { (name, $0) }
    }
    guard given.isEmpty else { return given }
    let key = Plan.Key(
      key: PlanCatalogue.defaultKey, organization: PlanCatalogue.defaultOrganization)
    return [(defaults.plan, key)]
  }

  func createLoaded() throws(LedgerError) {
    for (plan, entry) in loadedKeys where key(entry.key) == nil {
      let overrides = KeySettings(plan: plan, credits: entry.credits.map { Int($0) })
      if let existing = organization(entry.organization) {
        try attach(entry.key, existing)
      } else {
        try attach(entry.key, create(entry.organization, overrides))
      }
    }
  }

  /// Takes over changed plans: settings apply at once, and new keys are created.
  func reload(_ plans: PlanCatalogue) throws(LedgerError) {
    try administration.withLock { (_) throws(LedgerError) in
      catalogue.withLock { $0 = plans }
      for organization in state.withLock({ Array($0.organizations.values) }) {
        organization.settings = resolve(organization.settings.overrides)
        events.changed(organization)
      }
      try createLoaded()
    }
  }

  func resolve(_ overrides: KeySettings) -> OrganizationSettings {
    OrganizationSettings(overrides, plans: plans, defaults: defaults)
  }

  private func create(
    _ name: String, _ overrides: KeySettings
  ) throws(LedgerError) -> Organization {
    let settings = resolve(overrides)
    let now = clock.now
    let account = try ledger.createOrganization(
      named: name, plan: settings.plan.name, settings: text(overrides),
      grant: settings.plan.credits, at: now.milliseconds)
    let organization = Organization(account: account, createdAt: now, settings: settings)
    state.withLock { $0.organizations[name] = organization }
    events.created(organization)
    return organization
  }

  private func attach(_ text: String, _ organization: Organization) throws(LedgerError) {
    try ledger.addKey(text, to: organization.account)
    state.withLock { $0.keys.put(APIKey(text, organization: organization)) }
  }

  /// What the ledger's file stores with an organization.
  func text(_ overrides: KeySettings, _ allocation: CycleAllocation? = nil) -> String {
    var stored = overrides.json.object ?? [:]
    allocation?.append(to: &stored)
    return String(decoding: JSON.object(stored).encoded, as: UTF8.self)
  }

  // MARK: Changes

  /// Runs one change at a time.
  func administer<Value: Sendable>(
    _ body: () throws(Refusal) -> Value
  ) throws(Refusal) -> Value {
    try administration.withLock { (_) throws(Refusal) in try body() }
  }

  /// Translates the ledger's errors into refusals.
  func withLedger<Value>(
    _ body: (Ledger) throws(LedgerError) -> Value
  ) throws(Refusal) -> Value {
    do throws(LedgerError) {
      return try body(ledger)
    } catch {
      throw .ledger(error)
    }
  }

  /// Creates an organization with a key, or another key of an existing organization.
  func mint(_ order: KeyOrder) throws(Refusal) -> APIKey {
    try administer { () throws(Refusal) in
      let (wanted, name) = (order.key, order.organization)
      if let wanted, key(wanted) != nil { throw .keyExists(wanted) }
      let existing = name.flatMap { organization($0) }
      // Checked before a number is taken, because a refused call must change nothing.
      if let name, existing == nil { throw .unknownOrganization(name) }
      let (text, number) = wanted.map { ($0, nextNumber()) } ?? freshKey()
      try withLedger { (_) throws(LedgerError) in
        if let existing { return try attach(text, existing) }
        try attach(text, create(freshName(number), order.settings))
      }
      return key(text)!
    }
  }

  /// How many keys were minted.
  var minted: UInt64 {
    get { state.withLock { $0.minted } }
    set { state.withLock { $0.minted = newValue } }
  }

  /// Sorts the keys in a given order; keys that aren't in it come last.
  func order(_ texts: [String]) {
    state.withLock { $0.keys.sort(texts) }
  }

  /// Replaces the organization of the same name and all its keys.
  ///
  /// - Returns: The replaced organization.
  func put(_ organization: Organization, _ keys: [APIKey]) -> Organization? {
    state.withLock { state in
      let old = state.organizations.updateValue(organization, forKey: organization.name)
      let texts = Set(keys.map(\.text))
      for key in state.keys.keys(of: organization.name) where !texts.contains(key.text) {
        _ = state.keys.remove(key.text)
      }
      for key in keys { state.keys.put(key) }
      changes.add(1, ordering: .releasing)
      return old
    }
  }

  private func nextNumber() -> UInt64 {
    state.withLock { state in
      state.minted += 1
      return state.minted
    }
  }

  /// A new, unused key, derived from the seed and a count.
  private func freshKey() -> (String, UInt64) {
    while true {
      let number = nextNumber()
      var hash = StableHash(seed: defaults.seed)
      hash.combine("key")
      hash.combine(number)
      let text = "sk_live_" + Identifier.hexadecimal(hash.value, digits: 32)
      if key(text) == nil { return (text, number) }
    }
  }

  private func freshName(_ number: UInt64) -> String {
    var number = number
    while organization("org-\(number)") != nil { number = nextNumber() }
    return "org-\(number)"
  }

  /// Applies a change at once: it is in effect for the next request.
  func change(_ text: String, _ change: KeyChange) throws(Refusal) -> APIKey {
    try administer { () throws(Refusal) in
      guard let key = key(text) else { throw .unknownKey(text) }
      let organization = key.organization
      let account = organization.account
      let overrides = organization.settings.overrides.changed(by: change.settings)
      let settings = resolve(overrides)
      let now = clock.now.milliseconds
      let balance = change.settings.credits.map { Int64($0) }
      let credits = Int64(change.addCredits ?? 0)
      let cycle = CycleChange(
        organization, to: settings, setsBalance: balance != nil, at: clock.now)
      guard Plan.creditRange.contains((balance ?? account.balance) + cycle.grant + credits) else {
        throw .badBalance
      }
      try withLedger { (ledger) throws(LedgerError) in
        if let balance { try ledger.setBalance(of: account, to: balance, at: now) }
        if cycle.grant > 0 { try ledger.addCredits(cycle.grant, to: account, at: now) }
        if credits != 0 {
          try ledger.addCredits(
            credits, to: account, kind: credits > 0 ? .grant : .adjustment, at: now)
        }
        try ledger.updateOrganization(
          account, plan: settings.plan.name, settings: self.text(overrides, cycle.allocation))
        if let isRevoked = change.isRevoked { try ledger.setRevoked(isRevoked, key: text) }
      }
      organization.withState { $0.allocation = cycle.allocation }
      organization.settings = settings
      if let isRevoked = change.isRevoked { key.isRevoked = isRevoked }
      events.changed(organization)
      return key
    }
  }

  /// Removes a key; with its last key the organization is removed too.
  func remove(_ text: String) throws(Refusal) -> APIKey {
    try administer { () throws(Refusal) in
      guard let key = key(text) else { throw .unknownKey(text) }
      try withLedger { (_) throws(LedgerError) in try drop(key) }
      return key
    }
  }

  func drop(_ key: APIKey) throws(LedgerError) {
    let organization = key.organization
    let isLast = state.withLock { state in
      let isLast = state.keys.remove(key.text)
      changes.add(1, ordering: .releasing)
      if isLast { state.organizations[organization.name] = nil }
      return isLast
    }
    guard isLast else { return try ledger.removeKey(key.text) }
    try ledger.removeOrganization(organization.account)
    events.retired(organization)
  }

  /// Replaces an organization by another one, which gets its keys as new key objects.
  func replace(_ organization: Organization, by fresh: Organization) {
    state.withLock { state in
      state.organizations[fresh.name] = fresh
      for key in state.keys.keys(of: fresh.name) {
        state.keys.put(APIKey(key.text, organization: fresh))
      }
      changes.add(1, ordering: .releasing)
    }
  }

  /// Restarts the numbering of minted organizations at 1.
  func countAnew() { state.withLock { $0.minted = 0 } }
}

/// Callbacks about changes of organizations.
struct OrganizationEvents: Sendable {
  /// An organization of the ledger's file was loaded.
  let loaded: @Sendable (Organization) -> Void
  /// An organization was added.
  let created: @Sendable (Organization) -> Void
  /// An organization's settings have changed, so more slots may be free.
  let changed: @Sendable (Organization) -> Void
  /// An organization was removed, or replaced by a reset one.
  let retired: @Sendable (Organization) -> Void
}
