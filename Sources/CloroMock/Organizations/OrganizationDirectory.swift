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
    /// A key that joins an organization may bring no settings.
    case settingsStay
    /// The balance would become negative or exceed its range.
    case badBalance
    /// There would be more than may be kept.
    case limit(ReachedLimit)
    case ledger(LedgerError)
  }

  /// What memory holds of the ledger's organizations and keys.
  struct State {
    var keys = KeyTable()
    var organizations = NameTable<Organization>()
    /// How many keys were minted.
    var minted: UInt64 = 0
    /// What the ledger's file has and memory hasn't; nil once all of it is read.
    var unread: Unread?

    /// Gives the keys of an organization to the object that takes its place.
    ///
    /// - Parameter revoked: The keys that are refused from then on; the others aren't.
    mutating func replaceKeys(of organization: Organization, revoked: Set<ByteText>) {
      for key in keys.keys(of: organization.name) {
        let isRevoked = revoked.contains(ByteText(key.text))
        keys.put(APIKey(key.text, organization: organization, isRevoked: isRevoked))
      }
    }
  }

  let ledger: Ledger
  let clock: MockClock
  private let catalogue: Mutex<PlanCatalogue>
  let events: OrganizationEvents
  let defaults: OrganizationSettings.Defaults
  /// Keeps what changes in the database; nil without one.
  let keeper: StateKeeper?
  /// The most keys, beyond which none is minted.
  private let mostKeys: Int
  let logger: Logger
  private let state = Mutex(State())
  let reading = Mutex(Reading())
  private let changes = Atomic<UInt64>(0)
  /// Locked during each change, so that memory and ledger change in the same order: the ledger
  /// first, because it may refuse, and memory when the ledger has committed.
  private let administration = Mutex(())

  /// Loads the first of the ledger's organizations, and those with rules; then creates those that
  /// the plans' fixtures give and the ledger doesn't have.
  init(
    ledger: Ledger, clock: MockClock, catalogue: PlanCatalogue,
    events: OrganizationEvents, defaults: OrganizationSettings.Defaults,
    mostKeys: Int = KeptLimits().keys, keeper: StateKeeper? = nil, logger: Logger
  ) throws(LedgerError) {
    self.keeper = keeper
    self.mostKeys = mostKeys
    self.logger = logger
    self.ledger = ledger
    self.clock = clock
    self.catalogue = Mutex(catalogue)
    self.events = events
    self.defaults = defaults
    let minted = try keeper?.minted() ?? 0
    state.withLock { $0.minted = minted }
    let inventory = try ledger.inventory()
    if inventory.lastOrganization > 0 {
      let unread = Unread(through: inventory.lastOrganization, keys: inventory.keys)
      state.withLock { $0.unread = unread }
      for (number, rules) in try keeper?.rules().sorted(by: { $0.key < $1.key }) ?? [] {
        try read(number, rules: rules)
      }
      _ = try readPortion()
    }
    try createLoaded(in: catalogue)
  }

  var plans: PlanCatalogue { catalogue.withLock { $0 } }

  // MARK: Reading

  /// Rises whenever a key has been removed or replaced, so that callers that cache keys look them
  /// up again.
  var version: UInt64 { changes.load(ordering: .acquiring) }

  /// The key with a text, revoked or not.
  func key(_ text: String) -> APIKey? {
    find(
      { $0.keys[text] },
      number: { (ledger) throws(LedgerError) in
        try ledger.numberOfOrganization(withKey: text)
      })
  }

  /// All organizations, by name.
  var all: [Organization] {
    readWhatCanBe()
    return state.withLock { Array($0.organizations.all) }.sorted { $0.name < $1.name }
  }

  private func organization(_ name: String) -> Organization? {
    find(
      { $0.organizations[name] },
      number: { (ledger) throws(LedgerError) in
        try ledger.numberOfOrganization(named: name)
      })
  }

  /// All keys in the order in which they were added.
  var keys: [APIKey] { present.keys.all }

  /// An organization's keys in the order in which they were added.
  func keys(of organization: Organization) -> [APIKey] {
    state.withLock { $0.keys.keys(of: organization.name) }
  }

  // MARK: Loading

  /// An organization's plan and overrides as the ledger's file stores them. They are compared as
  /// bytes, because Swift may consider different secrets equal.
  struct StoredSettings: Hashable {
    let plan: String
    let json: [UInt8]
  }

  func read(_ stored: StoredSettings) -> KeySettings {
    var settings = KeySettings()
    if let json = try? JSON(parsing: stored.json),
      var reader = ObjectReader(json, problems: JSONProblems())
    {
      settings = KeySettings(&reader, plans: plans)
    }
    settings.plan = stored.plan
    return settings
  }

  /// The keys of the loaded fixtures, or the built-in key when they give none.
  var loadedKeys: [(plan: String, key: Plan.Key)] { loadedKeys(in: plans) }

  func loadedKeys(in plans: PlanCatalogue) -> [(plan: String, key: Plan.Key)] {
    let given = plans.fixtureNames.flatMap { name in
      plans.plans[name]!.keys.map { (name, $0) }
    }
    guard given.isEmpty else { return given }
    let key = Plan.Key(
      key: PlanCatalogue.defaultKey, organization: PlanCatalogue.defaultOrganization)
    return [(defaults.plan, key)]
  }

  /// What fixtures give organizations at their beginning, by name, but for the plan. Any key of an
  /// organization may say it, the first that does counts.
  func beginnings(of loaded: [(plan: String, key: Plan.Key)]) -> NameTable<KeySettings> {
    var table = NameTable<KeySettings>()
    for (_, entry) in loaded {
      var settings = table[entry.organization] ?? KeySettings()
      settings.credits = settings.credits ?? entry.credits.map { Int($0) }
      settings.concurrency = settings.concurrency ?? entry.concurrency
      settings.latency = settings.latency ?? entry.latency
      settings.label = settings.label ?? entry.label
      settings.weather = settings.weather ?? entry.weather
      table[entry.organization] = settings
    }
    return table
  }

  private func createLoaded(in plans: PlanCatalogue) throws(LedgerError) {
    guard loadedKeys(in: plans).contains(where: { key($0.key.key) == nil }) else { return }
    try draft(plans: plans) { (draft, _) throws(LedgerError) in try draft.createLoaded() }
  }

  /// Takes over changed plans: settings apply at once, and new keys are created.
  func reload(_ plans: PlanCatalogue) throws(LedgerError) {
    try administration.withLock { (_) throws(LedgerError) in
      try readAll()
      try createLoaded(in: plans)
      catalogue.withLock { $0 = plans }
      for organization in state.withLock({ Array($0.organizations.all) }) {
        organization.settings = resolve(organization.settings.overrides, in: plans)
        events.changed(organization)
      }
    }
  }

  func resolve(_ overrides: KeySettings, in plans: PlanCatalogue) -> OrganizationSettings {
    OrganizationSettings(overrides, plans: plans, defaults: defaults)
  }

  /// Creates an organization in the ledger; memory doesn't know it yet.
  func make(
    _ name: String, _ overrides: KeySettings, in plans: PlanCatalogue,
    _ changes: Ledger.Transaction
  ) throws(LedgerError) -> Organization {
    let settings = resolve(overrides, in: plans)
    let now = clock.now
    let account = try changes.createOrganization(
      named: name, plan: settings.plan.name, settings: Self.text(overrides),
      grant: settings.plan.credits, at: now.milliseconds)
    return Organization(account: account, createdAt: now, settings: settings, keeper: keeper)
  }

  /// What the ledger's file stores with an organization.
  static func text(_ overrides: KeySettings, _ allocation: CycleAllocation? = nil) -> String {
    var stored = overrides.json.object ?? [:]
    allocation?.append(to: &stored)
    return String(decoding: JSON.object(stored).encoded, as: UTF8.self)
  }

  // MARK: Changes

  /// Looks at all organizations while none is added, replaced or removed.
  func undisturbed<Value: Sendable>(_ body: ([Organization]) -> Value) -> Value {
    administration.withLock { _ in body(all) }
  }

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

  /// Creates an organization with a key, or another key of the organization that has the name.
  func mint(_ order: KeyOrder) throws(Refusal) -> APIKey {
    try administer { () throws(Refusal) in
      let (wanted, name) = (order.key, order.organization)
      if let wanted, key(wanted) != nil { throw .keyExists(wanted) }
      let existing = name.flatMap { organization($0) }
      // Checked before a number is taken, because a refused call must change nothing.
      if existing != nil, order.settings != KeySettings() {
        throw .settingsStay
      }
      guard state.withLock({ $0.keys.count + ($0.unread?.keys ?? 0) }) < mostKeys else {
        throw .limit(ReachedLimit(name: "keys", number: mostKeys))
      }
      // The count goes on only with the change itself.
      var minted = state.withLock { $0.minted }
      let text = freshKey(wanted, &minted)
      let fresh = existing == nil ? name ?? freshName(&minted) : ""
      let owner = try withLedger { (ledger) throws(LedgerError) in
        try ledger.transaction { (changes) throws(LedgerError) in
          let owner =
            if let existing { existing } else {
              try make(fresh, order.settings, in: plans, changes)
            }
          try changes.addKey(text, to: owner.account)
          try changes.write([Self.document(minted: minted)])
          return owner
        }
      }
      let key = APIKey(text, organization: owner)
      state.withLock { state in
        state.minted = minted
        state.organizations[owner.name] = owner
        state.keys.put(key)
      }
      if existing == nil { events.created(owner) }
      return key
    }
  }

  /// What a database keeps of the number of minted keys.
  static func document(minted: UInt64) -> Ledger.Document {
    Ledger.Document(.minted, JSON(count: minted))
  }

  /// All that there is at the moment.
  var present: State {
    readWhatCanBe()
    return state.withLock { $0 }
  }

  /// Changes what memory holds.
  func withState<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
    state.withLock { body(&$0) }
  }

  /// Replaces all that memory holds.
  func take(_ new: State) {
    state.withLock { state in
      state = new
      changes.add(1, ordering: .releasing)
    }
  }

  /// A new key: the one that is wanted, or an unused one, derived from the seed and a count. The
  /// count goes on in both cases.
  private func freshKey(_ wanted: String?, _ minted: inout UInt64) -> String {
    while true {
      minted += 1
      if let wanted { return wanted }
      var hash = StableHash(seed: defaults.seed)
      hash.combine("key")
      hash.combine(minted)
      let text = "sk_live_" + Identifier.hexadecimal(hash.value, digits: 32)
      if key(text) == nil { return text }
    }
  }

  /// A new, unused name with the last number that is free.
  private func freshName(_ minted: inout UInt64) -> String {
    while organization("org-\(minted)") != nil { minted += 1 }
    return "org-\(minted)"
  }

  /// Applies a change at once: it is in effect for the next request.
  func change(_ text: String, _ change: KeyChange) throws(Refusal) -> APIKey {
    try administer { () throws(Refusal) in
      guard let key = key(text) else { throw .unknownKey(text) }
      let organization = key.organization
      let account = organization.account
      let overrides = organization.settings.overrides.changed(by: change.settings)
      let settings = resolve(overrides, in: plans)
      let now = clock.now.milliseconds
      let balance = change.settings.credits.map { Int64($0) }
      let credits = Int64(change.addCredits ?? 0)
      let cycle = CycleChange(
        organization, to: settings, setsBalance: balance != nil, at: clock.now)
      guard Plan.creditRange.contains((balance ?? account.balance) + cycle.grant + credits) else {
        throw .badBalance
      }
      do throws(LedgerError) {
        try ledger.transaction { (changes) throws(LedgerError) in
          if let balance { try changes.setBalance(of: account, to: balance, at: now) }
          if cycle.grant > 0 { try changes.addCredits(cycle.grant, to: account, at: now) }
          if credits != 0 {
            try changes.addCredits(
              credits, to: account, kind: credits > 0 ? .grant : .adjustment, at: now)
          }
          try changes.updateOrganization(
            account, plan: settings.plan.name, settings: Self.text(overrides, cycle.allocation))
          if let isRevoked = change.isRevoked { try changes.setRevoked(isRevoked, key: text) }
        }
      } catch .insufficientCredits {
        // A charge was faster.
        throw .badBalance
      } catch {
        throw .ledger(error)
      }
      organization.withState { $0.allocation = cycle.allocation }
      organization.settings = settings
      if let isRevoked = change.isRevoked { key.isRevoked = isRevoked }
      events.changed(organization)
      return key
    }
  }

  /// Removes a key; with its last key the organization is removed too.
  ///
  /// - Returns: The key, and the balance that its organization had.
  func remove(_ text: String) throws(Refusal) -> (key: APIKey, balance: Int64) {
    try administer { () throws(Refusal) in
      try withLedger { (_) throws(LedgerError) in try readAll() }
      guard let key = key(text) else { throw .unknownKey(text) }
      let organization = key.organization
      let isLast = state.withLock { $0.keys.count(of: organization.name) == 1 }
      let balance = try withLedger { (ledger) throws(LedgerError) in
        if isLast { return try ledger.removeOrganization(organization.account) }
        try ledger.removeKey(text)
        return organization.account.balance
      }
      state.withLock { state in
        _ = state.keys.remove(text)
        if isLast { state.organizations[organization.name] = nil }
        changes.add(1, ordering: .releasing)
      }
      if isLast { events.retired(organization) }
      return (key, balance)
    }
  }

  /// Replaces an organization by another one, which gets its keys as new key objects.
  func replace(_ organization: Organization, by fresh: Organization) {
    let revoked = plans.revokedKeys
    state.withLock { state in
      state.organizations[fresh.name] = fresh
      state.replaceKeys(of: fresh, revoked: revoked)
      changes.add(1, ordering: .releasing)
    }
  }
}

/// Callbacks about changes of organizations.
struct OrganizationEvents: Sendable {
  /// An organization of the ledger's file was read, and nobody knows it yet.
  let read: @Sendable (Organization) -> Void
  /// An organization of the ledger's file goes on.
  let loaded: @Sendable (Organization) -> Void
  /// An organization was added.
  let created: @Sendable (Organization) -> Void
  /// An organization's settings have changed, so more slots may be free.
  let changed: @Sendable (Organization) -> Void
  /// An organization was removed, or replaced by a reset one.
  let retired: @Sendable (Organization) -> Void
}
