import Testing

@testable import Ledger

@Suite("Folding in memory")
struct FoldingTests {
  /// Keeps 20 entries of each organization, and folds when there are 5 more, apart from the first
  /// one.
  let ledger: Ledger

  init() throws {
    ledger = try Ledger(retention: .of(20))
  }

  /// What must hold at every moment, regardless of what has been folded.
  private func check(_ account: Account, _ ledger: Ledger) throws {
    let page = try ledger.page(of: account, limit: .max)
    #expect(page.isConsistent)
    #expect(page.balance == account.balance)
    #expect(page.entries.reduce(0) { $0 + $1.amount } == page.balance)
    #expect(page.entries.last?.balance == page.balance)
    let first = try #require(page.entries.first)
    #expect(first.isFolded == (first.id > 1))
    #expect(page.entries.dropFirst().allSatisfy { !$0.isFolded })
    #expect(page.entries.map(\.id) == Array(first.id..<(first.id + Int64(page.entries.count))))
    #expect(try ledger.verify() == [])
  }

  @Test("The newest entries stay, and the one before them has the sum of all that were there")
  func folded() async throws {
    let account = try ledger.make()
    for at: Int64 in 2...25 {
      #expect(await ledger.charge(.make(account, at, at: at)).isCharged)
    }
    // 25 entries are 4 more than the 20 newest and the first: nothing is folded yet.
    #expect(try ledger.page(of: account).entries.first?.kind == .grant)
    _ = await ledger.charge(.make(account, 26, at: 26))
    let page = try ledger.page(of: account)
    #expect(page.entries.map(\.id) == Array(6...26))
    #expect(
      page.entries.first
        == Ledger.Entry(
          id: 6, at: 6, kind: .folded, amount: 1_000 - 20, balance: 1_000 - 20,
          endpoint: nil, requestID: nil, taskID: nil))
    #expect(page.entries.map(\.count) == [6] + Array(repeating: 1, count: 20))
    #expect(page.entries[1].amount == -7 && page.entries[1].at == 7)
    try check(account, ledger)
  }

  @Test("At every moment entries add up, and no more than the bound and a step are there")
  func alwaysConsistent() async throws {
    let account = try ledger.make(grant: 1_000_000)
    for round: Int64 in 1...200 {
      switch round % 10 {
      case 0: try ledger.expire(account, grant: 500, at: round)
      case 5: try ledger.addCredits(-1, to: account, kind: .adjustment, at: round)
      default: _ = await ledger.charge(.make(account, 1, at: round))
      }
      // A sum that was stored at some moments must stay right through the folds between them.
      if round % 7 == 0 { #expect(try ledger.page(of: account, limit: 0).isConsistent) }
      #expect(try ledger.page(of: account, limit: .max).entries.count <= 25)
      try check(account, ledger)
    }
    #expect(try ledger.page(of: account, latest: 3).entries.map(\.id) == [219, 220, 221])
  }

  @Test("A page that begins in the folded part begins with the folded entry")
  func pages() async throws {
    let account = try ledger.make()
    _ = await ledger.charge(contentsOf: (0..<29).map { _ in .make(account, 1) })
    let first = try #require(try ledger.page(of: account).entries.first)
    #expect(first.id == 10 && first.isFolded)
    for (since, limit, ids) in [
      (0, 2, [10, 11]), (5, 1, [10]), (9, 2, [10, 11]), (10, 2, [11, 12]), (29, 9, [30]),
    ] as [(Int64, Int, [Int64])] {
      #expect(try ledger.page(of: account, since: since, limit: limit).entries.map(\.id) == ids)
    }
    for (latest, count) in [(1, 1), (20, 20), (21, 21), (22, 21), (Int.max, 21)] {
      let entries = try ledger.page(of: account, latest: latest).entries
      #expect(entries.count == count && entries.last?.id == 30)
    }
  }

  @Test("Entries that add up to 0 are folded up to the one before")
  func sumOfZero() async throws {
    let account = try ledger.make(grant: 5)
    try ledger.addCredits(1, to: account, at: 1)
    // Up to entries 4, 6, 8 … the sum is 0, and the first fold would be up to 8.
    for round: Int64 in 1...30 {
      try ledger.setBalance(of: account, to: round % 2 == 0 ? 0 : 9, at: round)
      try check(account, ledger)
    }
    #expect(account.balance == 0)
    let first = try #require(try ledger.page(of: account).entries.first)
    #expect(first.isFolded && first.amount == 9 && first.id > 2)
  }

  @Test("One transaction larger than the bound is folded with it")
  func largeBatch() async throws {
    let account = try ledger.make(grant: 100_000)
    let outcomes = await ledger.charge(contentsOf: (0..<1_000).map { _ in .make(account, 1) })
    #expect(outcomes.count { $0.isCharged } == 1_000)
    let page = try ledger.page(of: account, limit: .max)
    #expect(page.entries.map(\.id) == Array(981...1_001))
    try check(account, ledger)
  }

  @Test("Many organizations that are due at once are folded one after the other, none forgotten")
  func manyAtOnce() async throws {
    let accounts = try (0..<50).map { try ledger.make("o\($0)", grant: 100_000) }
    for _ in 0..<60 {
      _ = await ledger.charge(contentsOf: accounts.map { .make($0, 1) })
    }
    for account in accounts {
      #expect(try ledger.page(of: account, limit: .max).entries.count <= 20 + 2 * 5)
    }
    try check(accounts[7], ledger)
  }

  @Test(
    "The entries kept are an equal share of the total, within bounds",
    arguments: [
      (0, 20_000), (1, 20_000), (10, 20_000), (11, 18_181), (200, 1_000), (100_000, 1_000),
    ] as [(Int, Int64)])
  func share(organizations: Int, kept: Int64) {
    #expect(Ledger.Retention().entriesKept(organizations: organizations) == kept)
  }

  @Test("In a file nothing is folded")
  func file() async throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger(.file(directory.file()), retention: .of(20))
    let account = try ledger.make()
    _ = await ledger.charge(contentsOf: (0..<100).map { _ in .make(account, 1) })
    #expect(try ledger.page(of: account, limit: .max).entries.count == 101)
    ledger.close()
  }

  @Test("A fold that SQLite refuses undoes the charges with it, and is made up for later")
  func refused() async throws {
    let account = try ledger.make()
    _ = await ledger.charge(contentsOf: (0..<24).map { _ in .make(account, 1) })
    #expect(try ledger.page(of: account).isConsistent)
    for event in ["DELETE ON entry", "INSERT ON entry WHEN new.endpoint = 'folded'"] {
      try ledger.execute(
        "CREATE TRIGGER stuck BEFORE \(event) BEGIN SELECT RAISE(ABORT, 'stuck'); END")
      let charges = (0..<40).map { _ in Charge.make(account, 1) }
      for outcome in await ledger.charge(contentsOf: charges) {
        guard case .failed(.database(.constraint, "stuck")) = outcome else {
          Issue.record("\(outcome)")
          return
        }
      }
      #expect(account.balance == 976)
      #expect(try ledger.page(of: account).entries.map(\.id) == Array(1...25))
      try check(account, ledger)
      try ledger.execute("DROP TRIGGER stuck")
    }
    #expect(await ledger.charge(.make(account, 1)).isCharged)
    #expect(try ledger.page(of: account).entries.map(\.id) == Array(6...26))
    try check(account, ledger)
  }

  @Test("What was folded is forgotten by a reset, and a removal leaves nothing")
  func resetAndRemoval() async throws {
    let account = try ledger.make()
    let charges = (0..<100).map { _ in 1 as Int64 }
    _ = await ledger.charge(contentsOf: charges.map { .make(account, $0) })
    let fresh = try ledger.reset(account, grant: 50, at: 9)
    #expect(try ledger.page(of: fresh).entries.map(\.amount) == [50])
    _ = await ledger.charge(contentsOf: charges.map { .make(fresh, $0) })
    try check(fresh, ledger)
    #expect(fresh.balance == 0)
    try ledger.removeOrganization(fresh)
    #expect(try ledger.verify() == [])
    let again = try ledger.make()
    #expect(try ledger.page(of: again).entries.map(\.id) == [1])
  }

  @Test("Only the first entry may stand for others")
  func verification() async throws {
    let account = try ledger.make()
    _ = await ledger.charge(contentsOf: (0..<29).map { _ in .make(account, 1) })
    #expect(try ledger.verify() == [])
    try ledger.execute("UPDATE entry SET endpoint = NULL WHERE id = 10")
    #expect(try ledger.verify() == [.gap(organization: "demo", expected: 1, found: 10)])
    try ledger.execute(
      """
      UPDATE entry SET endpoint = 'folded' WHERE id = 10;
      DELETE FROM entry WHERE id = 20;
      UPDATE entry SET kind = 'adjustment', endpoint = 'folded', amount = amount - 1 WHERE id = 21
      """)
    #expect(try ledger.verify() == [.gap(organization: "demo", expected: 20, found: 21)])
  }
}
