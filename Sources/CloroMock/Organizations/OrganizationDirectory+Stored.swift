import JSON
import Ledger
import Platform
import Simulation

// What the ledger's file had at the start is read in portions: the first one at once, the others
// when the double runs. A request that needs an organization before its turn reads it then.

extension OrganizationDirectory {
  /// The organizations that the ledger's file had at the start and memory doesn't have yet. What
  /// the file has of them doesn't change until they are read.
  struct Unread {
    /// The highest number that an organization had at the start.
    let last: Int64
    /// The numbers of those that were read since.
    private var read: Set<Int64> = []
    /// How many keys they have.
    private(set) var keys: Int

    init(through last: Int64, keys: Int) { (self.last, self.keys) = (last, keys) }

    /// Whether an organization wasn't read yet, if there was one of that number at the start.
    func contains(_ number: Int64) -> Bool { number <= last && !read.contains(number) }

    /// Notes that an organization with so many keys was read.
    mutating func remove(_ number: Int64, keys: Int) {
      read.insert(number)
      self.keys -= keys
    }
  }

  /// How far the portions have come.
  struct Reading {
    /// The number from which the next portion begins.
    var next: Int64 = 1
    /// Minted keys mostly have equal settings, and parsing them would take longer than everything
    /// else.
    var known: [StoredSettings: Terms] = [:]
  }

  /// What an organization's stored settings say.
  struct Terms: Sendable {
    let settings: OrganizationSettings
    let allocation: CycleAllocation?
  }

  /// How many organizations are read in one turn: those who need one of them wait for some
  /// milliseconds at most.
  static let portion = 500

  // MARK: One

  /// What memory has, or has once an organization is read that only the file has.
  ///
  /// - Parameters:
  ///   - look: Looks in memory.
  ///   - number: Asks the file for the organization's number.
  func find<Value: Sendable>(
    _ look: (State) -> Value?, number: (Ledger) throws(LedgerError) -> Int64?
  ) -> Value? {
    let (found, isAll) = withState { state in (look(state), state.unread == nil) }
    guard found == nil, !isAll else { return found }
    do throws(LedgerError) {
      guard let number = try number(ledger) else { return nil }
      try read(number)
    } catch {
      note(error)
    }
    return withState { look($0) }
  }

  /// The organization with a number of the ledger; nil when there is none.
  func organization(_ number: Int64) throws(LedgerError) -> Organization? {
    guard let record = try ledger.storedOrganizations(numbered: number...number, most: 1).first
    else { return nil }
    take(record, nil, rules: nil)
    return withState { $0.organizations[record.account.name] }
  }

  /// Reads an organization, unless that has been done.
  ///
  /// - Parameter rules: The rules that are stored of it; nil for none.
  func read(_ number: Int64, rules: [StoredText]? = nil) throws(LedgerError) {
    guard withState({ $0.unread?.contains(number) ?? false }) else { return }
    for record in try ledger.storedOrganizations(numbered: number...number, most: 1) {
      take(record, nil, rules: rules)
    }
  }

  /// Lets an organization go on before its turn.
  func goOn(_ number: Int64) throws(LedgerError) {
    guard let organization = try organization(number) else { return }
    if organization.withState({ $0.cycle == nil }) { events.loaded(organization) }
  }

  // MARK: All

  /// Whether there are organizations that only the file has.
  var isReading: Bool { withState { $0.unread != nil } }

  /// Reads what isn't read yet. On a loop nobody may wait for that.
  func readAll() throws(LedgerError) {
    while try readPortion() {}
  }

  /// Reads what isn't read yet. What can't be read is left out, and tried again the next time.
  func readWhatCanBe() {
    do throws(LedgerError) {
      try readAll()
    } catch {
      note(error)
    }
  }

  /// Reads what isn't read yet on a queue, portion by portion.
  func readAll(on queue: SerialQueue) {
    guard isReading else { return }
    queue.async { [weak self, weak queue] in
      guard let self, let queue else { return }
      do throws(LedgerError) {
        if try readPortion() { readAll(on: queue) }
      } catch {
        note(error)
      }
    }
  }

  /// Reads the next portion. With the last one the organizations go on, in their order.
  ///
  /// - Returns: Whether there may be more to read.
  func readPortion() throws(LedgerError) -> Bool {
    guard isReading else { return false }
    return try reading.withLock { (reading) throws(LedgerError) in
      // Somebody else may have read the last one meanwhile.
      guard let end = withState({ $0.unread?.last }) else { return false }
      let records = try ledger.storedOrganizations(
        numbered: reading.next...max(reading.next, end), most: Self.portion)
      for record in records { take(record, terms(of: record, &reading.known), rules: nil) }
      guard let last = records.last, records.count == Self.portion else {
        try complete()
        reading.known = [:]
        return false
      }
      reading.next = last.account.id + 1
      return true
    }
  }

  /// Brings the keys in their order, and lets the organizations go on that haven't yet.
  private func complete() throws(LedgerError) {
    let keys = try ledger.storedKeys()
    let organizations = withState { state in
      state.keys.sort(keys)
      return Array(state.organizations.all)
    }
    for organization in organizations.sorted(by: { $0.account.id < $1.account.id })
    where organization.withState({ $0.cycle == nil }) {
      events.loaded(organization)
    }
    // Only now, because those who change all wait for it.
    withState { $0.unread = nil }
  }

  private func note(_ error: LedgerError) {
    // A double that has ended has nothing to read.
    guard error != .closed else { return }
    logger.error("organizations of the database can't be read", metadata: ["reason": "\(error)"])
  }

  // MARK: Records

  private func terms(of record: Ledger.Organization) -> Terms {
    let stored = StoredSettings(plan: record.plan, json: Array(record.settings.utf8))
    return Terms(
      settings: resolve(read(stored), in: plans),
      allocation: CycleAllocation(stored: record.settings))
  }

  private func terms(
    of record: Ledger.Organization, _ known: inout [StoredSettings: Terms]
  ) -> Terms {
    let stored = StoredSettings(plan: record.plan, json: Array(record.settings.utf8))
    if let terms = known[stored] { return terms }
    let terms = terms(of: record)
    known[stored] = terms
    return terms
  }

  /// Puts an organization of the file into memory, unless it is there or gone.
  private func take(_ record: Ledger.Organization, _ terms: Terms?, rules: [StoredText]?) {
    let (number, plans) = (record.account.id, plans)
    guard withState({ $0.unread?.contains(number) ?? false }) else { return }
    let terms = terms ?? self.terms(of: record)
    let organization = Organization(
      account: record.account, createdAt: Timestamp(milliseconds: record.createdAt),
      settings: terms.settings, keeper: keeper, isStored: true)
    if let rules {
      let plan = terms.settings.plan
      let unread = organization.rules.load(
        rules, of: organization.name, faults: plan.faults, stubs: plan.stubs)
      keeper?.note(unread: unread, of: organization.name)
    }
    organization.withState { $0.allocation = terms.allocation }
    events.read(organization)
    // Charged requests have used up identifiers, which must not be given again after a restart. A
    // file of an earlier version doesn't say how many.
    let requests = record.lastEntry > 1 ? UInt64(record.lastEntry) << 32 : 0
    let isNew = withState { state in
      guard state.unread?.contains(number) ?? false else { return false }
      state.unread?.remove(number, keys: record.keys.count)
      state.organizations[organization.name] = organization
      for key in record.keys {
        state.keys.put(
          APIKey(
            key.text, organization: organization, isRevoked: key.isRevoked, requests: requests,
            isStored: keeper != nil))
      }
      return true
    }
    guard isNew, plans.plans[record.plan] == nil else { return }
    logger.warning(
      "an organization of the database has a plan that no fixture gives",
      metadata: [
        "organization": "\(organization.name)", "plan": "\(record.plan)",
        "taken": "\(defaults.plan)",
      ])
  }
}
