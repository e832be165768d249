import Testing

@testable import Ledger

@Suite("Snapshots of accounts")
struct SnapshotTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// A change after the snapshot, which a restore has to undo.
  enum Event: CaseIterable {
    case nothing, charges, manyCharges, reset, resetAndCharges, removal
    case otherKeys, otherPlan, laterSnapshot, earlierSnapshot, emptied
  }

  private func locations() -> [Ledger.Location] {
    [.memory, .file(directory.file())]
  }

  /// A ledger of an organization with keys and 15 entries, and of a bystander.
  private func make(
    _ location: Ledger.Location = .memory, retention: Ledger.Retention = .of(20)
  ) async throws -> (ledger: Ledger, account: Account) {
    let ledger = try Ledger(location, retention: retention)
    try ledger.make("bystander")
    let account = try ledger.make(plan: "lite", settings: #"{"seed":1}"#, at: 5)
    try ledger.addKey("k2", to: account, settings: "s")
    try ledger.addKey("k1", to: account)
    try ledger.setRevoked(true, key: "k1")
    let charges = (1...14).map { number in
      Charge.make(account, number, at: number, requestID: "r\(number)", taskID: "t")
    }
    _ = await ledger.charge(contentsOf: charges)
    return (ledger, account)
  }

  private func happen(_ event: Event, to account: Account, of ledger: Ledger) async throws {
    let few = (0..<4).map { _ in Charge.make(account, 3) }
    let many = (0..<90).map { _ in Charge.make(account, 3) }
    switch event {
    case .nothing: break
    case .charges: _ = await ledger.charge(contentsOf: few)
    case .manyCharges: _ = await ledger.charge(contentsOf: many)
    case .reset: _ = try ledger.reset(account, grant: 3, at: 8)
    case .resetAndCharges:
      let fresh = try ledger.reset(account, grant: 300, at: 8)
      _ = await ledger.charge(contentsOf: (0..<50).map { _ in .make(fresh, 2) })
    case .removal: try ledger.removeOrganization(account)
    case .otherKeys:
      try ledger.removeKey("k2")
      try ledger.setRevoked(false, key: "k1")
      try ledger.updateKey("k1", settings: "changed")
      try ledger.addKey("k3", to: account)
    case .otherPlan: try ledger.updateOrganization(account, plan: "other", settings: "other")
    case .laterSnapshot:
      _ = await ledger.charge(contentsOf: few)
      let later = try ledger.snapshot(of: [account])
      _ = await ledger.charge(contentsOf: few)
      let again = try ledger.restore(later)
      _ = await ledger.charge(contentsOf: (0..<50).map { _ in .make(again[0], 2) })
    case .earlierSnapshot:
      let fresh = try ledger.reset(account, grant: 700, at: 8)
      let early = try ledger.snapshot(of: [fresh])
      _ = await ledger.charge(contentsOf: (0..<20).map { _ in .make(fresh, 2) })
      let again = try ledger.restore(early)
      _ = await ledger.charge(contentsOf: (0..<20).map { _ in .make(again[0], 1) })
    case .emptied: try ledger.setBalance(of: account, to: 0, at: 8)
    }
  }

  /// Everything that a restore has to bring back.
  struct Contents: Equatable {
    let plan, settings: String
    let createdAt: Int64
    let keys: [[String?]]
    let page: Ledger.Page

    init(_ organization: Ledger.Organization, _ page: Ledger.Page) {
      plan = organization.plan
      settings = organization.settings
      createdAt = organization.createdAt
      keys = organization.keys.map { [$0.text, $0.settings, $0.isRevoked ? "revoked" : nil] }
      self.page = page
    }
  }

  private func contents(_ ledger: Ledger, _ name: String = "demo") throws -> Contents {
    let organization = try #require(
      try ledger.organizations().first { $0.account.name == name })
    let page = try ledger.page(of: organization.account, limit: .max)
    #expect(page.isConsistent)
    #expect(organization.account.balance == page.balance)
    return Contents(organization, page)
  }

  private func read(_ path: String) throws -> Contents {
    let reader = try LedgerReader(path: path)
    #expect(try reader.verify() == [])
    let organization = try #require(
      try reader.organizations().first { $0.account.name == "demo" })
    return Contents(organization, try reader.page(of: organization.account, limit: .max))
  }

  @Test("Whatever happened since is undone, twice, and after a restart", arguments: Event.allCases)
  func restored(event: Event) async throws {
    for location in locations() {
      let (ledger, account) = try await make(location)
      let before = try contents(ledger)
      let bystander = try contents(ledger, "bystander")
      let snapshots = try ledger.snapshot(of: [account])
      var current = account
      for _ in 0..<2 {
        try await happen(event, to: current, of: ledger)
        let fresh = try #require(try ledger.restore(snapshots).first)
        #expect(fresh !== current)
        #expect(try contents(ledger) == before)
        #expect(try contents(ledger, "bystander") == bystander)
        #expect(try ledger.verify() == [])
        #expect(await ledger.charge(.make(current)) == .failed(.unknownAccount))
        #expect(throws: LedgerError.unknownAccount) { try ledger.page(of: current) }
        let next = before.page.balance - 7
        #expect(await ledger.charge(.make(fresh)) == .charged(balance: next))
        #expect(try ledger.page(of: fresh, latest: 1).entries.first?.id == 16)
        current = try #require(try ledger.restore(snapshots).first)
      }
      ledger.close()
      guard case .file(let path) = location else { continue }
      #expect(try read(path) == before)
      let again = try Ledger(location)
      #expect(try contents(again) == before)
      #expect(try again.verify() == [])
      again.close()
    }
  }

  @Test("An organization that others have replaced is known by its name, not by its number")
  func replaced() async throws {
    for location in locations() {
      let (ledger, account) = try await make(location)
      let before = try contents(ledger)
      let snapshots = try ledger.snapshot(of: [account])
      try ledger.removeOrganization(account)
      let squatter = try ledger.make("squatter")
      #expect(squatter.id == account.id)
      let namesake = try ledger.make()
      try ledger.addKey("k3", to: namesake)
      let restored = try ledger.restore(snapshots)[0]
      #expect(restored.id == namesake.id)
      #expect(try contents(ledger) == before)
      #expect(try ledger.page(of: squatter).entries.count == 1)

      try ledger.removeOrganization(squatter)
      try ledger.removeOrganization(restored)
      #expect(try ledger.restore(snapshots)[0].id == account.id)
      #expect(try contents(ledger) == before)
      #expect(try ledger.verify() == [])
      ledger.close()
    }
  }

  @Test("A snapshot tells what it holds")
  func properties() async throws {
    let (ledger, account) = try await make()
    let snapshot = try #require(try ledger.snapshot(of: [account]).first)
    #expect(snapshot.name == "demo" && snapshot.plan == "lite")
    #expect(snapshot.settings == #"{"seed":1}"# && snapshot.createdAt == 5)
    #expect(snapshot.balance == 895 && snapshot.lastEntry == 15)
    #expect(snapshot.keys == (try ledger.keys(of: account)))
    #expect(try ledger.snapshot(of: []).isEmpty)
    #expect(try ledger.restore([]).isEmpty)
  }

  @Test("Snapshots on one line can be restored in any order, each with its own entries")
  func branches() async throws {
    for location in locations() {
      let (ledger, first) = try await make(location, retention: .of(1_000))
      var account = first
      var moments: [(snapshots: [Ledger.AccountSnapshot], contents: Contents)] = []
      func note() throws {
        moments.append((try ledger.snapshot(of: [account]), try contents(ledger)))
      }
      try note()
      for (target, amount) in [(0, 2), (0, 3), (2, 4), (1, 5), (3, 6), (0, 7)] as [(Int, Int64)] {
        _ = await ledger.charge(contentsOf: (0..<5).map { _ in .make(account, amount) })
        try note()
        account = try ledger.restore(moments[target].snapshots)[0]
      }
      for index in [3, 1, 6, 0, 5, 2, 4, 4, 6, 1] {
        account = try ledger.restore(moments[index].snapshots)[0]
        #expect(try contents(ledger) == moments[index].contents)
        #expect(try ledger.verify() == [])
      }
      ledger.close()
    }
  }

  @Test("Entries are copied only when they are about to go, and once for equal snapshots")
  func copying() async throws {
    let (ledger, account) = try await make()
    let one = try ledger.snapshot(of: [account])[0]
    let two = try ledger.snapshot(of: [account])[0]
    #expect(one.history === two.history)
    _ = await ledger.charge(.make(account))
    let fresh = try ledger.restore([one])[0]
    #expect(one.history.copy == nil)
    #expect(try ledger.snapshot(of: [fresh])[0].history === one.history)
    _ = await ledger.charge(contentsOf: (0..<20).map { _ in .make(fresh, 1) })
    #expect(one.history.copy?.count == 15)
    #expect(fresh.state.histories.isEmpty)
  }

  @Test("A snapshot that was let go costs nothing any more")
  func letGo() async throws {
    let (ledger, account) = try await make()
    for _ in 0..<5 {
      _ = try ledger.snapshot(of: [account])
      _ = await ledger.charge(.make(account, 1))
    }
    let kept = try ledger.snapshot(of: [account])
    #expect(account.state.histories.count == 1)
    #expect(kept[0].lastEntry == 20)
  }

  @Test(
    "Older entries than a snapshot's share come back folded into one",
    arguments: [(14, 15, 1), (13, 15, 1), (12, 13, 3), (5, 6, 10), (1, 2, 14)])
  func bounded(share: Int, count: Int, first: Int64) async throws {
    for location in locations() {
      let (ledger, account) = try await make(
        location, retention: .of(1_000, inSnapshot: share))
      let before = try contents(ledger)
      let snapshots = try ledger.snapshot(of: [account])
      _ = try ledger.reset(account, grant: 1, at: 2)
      let fresh = try ledger.restore(snapshots)[0]
      let page = try contents(ledger).page
      #expect(page.entries.count == count)
      #expect(page.entries.first?.id == first)
      #expect(page.entries.first?.isFolded == (first > 1))
      #expect(page.entries.dropFirst() == before.page.entries.suffix(count).dropFirst())
      #expect(page.entries.reduce(0) { $0 + $1.amount } == fresh.balance)
      #expect(try ledger.verify() == [])
      ledger.close()
      guard case .file(let path) = location else { continue }
      #expect(try LedgerReader(path: path).verify() == [])
      let again = try Ledger(location)
      #expect(try contents(again).page == page)
      again.close()
    }
  }

  @Test("An account without entries, and one that its last entry emptied, come back so")
  func empty() async throws {
    let ledger = try Ledger(retention: .of(20, inSnapshot: 1))
    let nothing = try ledger.make("nothing", grant: 0)
    let spent = try ledger.make("spent", grant: 50)
    for amount: Int64 in [20, 30] { _ = await ledger.charge(.make(spent, amount)) }
    try ledger.addCredits(4, to: spent, at: 3)
    let snapshots = try ledger.snapshot(of: [nothing, spent])
    try ledger.addCredits(4, to: nothing, at: 3)
    for account in [nothing, spent] { _ = try ledger.reset(account, grant: 7, at: 4) }
    let restored = try ledger.restore(snapshots)
    #expect(restored.map(\.balance) == [0, 4])
    #expect(try ledger.page(of: restored[0]).entries == [])
    // Up to the third entry the sum is 0, so the second one replaces the first and itself.
    let entries = try ledger.page(of: restored[1]).entries
    #expect(entries.map(\.id) == [2, 3, 4] && entries[0].isFolded && entries[0].amount == 30)
    #expect(try ledger.verify() == [])
  }

  @Test("Keys that went from one organization to another go back")
  func exchangedKeys() async throws {
    let ledger = try Ledger()
    let accounts = [try ledger.make("a"), try ledger.make("b")]
    for (key, account) in zip(["x", "y"], accounts) { try ledger.addKey(key, to: account) }
    let keys = try ledger.keys()
    let snapshots = try ledger.snapshot(of: accounts)
    for key in ["x", "y"] { try ledger.removeKey(key) }
    for (key, account) in zip(["y", "x"], accounts) { try ledger.addKey(key, to: account) }
    _ = try ledger.restore(snapshots)
    #expect(try ledger.keys() == keys)
  }

  @Test("A snapshot can be restored into another ledger while the first is open")
  func otherLedger() async throws {
    for location in locations() {
      let (source, account) = try await make()
      let before = try contents(source)
      let snapshots = try source.snapshot(of: [account])
      let ledger = try Ledger(location)
      let fresh = try ledger.restore(snapshots)[0]
      #expect(try contents(ledger) == before)
      #expect(await ledger.charge(.make(fresh, 5)) == .charged(balance: 890))
      #expect(await source.charge(.make(account, 6)) == .charged(balance: 889))
      source.close()
      // The entries are copied by now, so the source isn't needed.
      _ = try ledger.restore(snapshots)
      #expect(try contents(ledger) == before)
      #expect(try ledger.verify() == [])
      ledger.close()
    }
  }

  @Test("A snapshot whose ledger was closed before it was copied can't be restored elsewhere")
  func closedLedger() async throws {
    let (source, account) = try await make()
    let snapshots = try source.snapshot(of: [account])
    source.close()
    let ledger = try Ledger()
    #expect(throws: LedgerError.closed) { _ = try ledger.restore(snapshots) }
    #expect(throws: LedgerError.closed) { _ = try source.restore(snapshots) }
    #expect(throws: LedgerError.closed) { _ = try source.snapshot(of: []) }
    #expect(try ledger.organizations().isEmpty)
  }
}
