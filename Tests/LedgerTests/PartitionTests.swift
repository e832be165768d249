import Testing

@testable import Ledger

@Suite("What was dropped", .timeLimit(.minutes(5)))
struct PartitionTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file()
  }

  /// More than are deleted at once, and more than a portion.
  private static let many = Int(LedgerStore.fewEntries) + 3 * Int(LedgerStore.portion)

  /// Fills an organization with charges of 1, each with a document.
  @discardableResult
  private func fill(
    _ ledger: Ledger, _ account: Account, _ count: Int = many
  ) async -> [String] {
    let ids = (0..<count).map { String(100_000 + $0) }
    let outcomes = await ledger.charge(
      contentsOf: ids.map { id in
        .make(account, 1, documents: [.init(of: account, kind: 1, id: id, body: [1])])
      })
    #expect(outcomes.allSatisfy { $0.isCharged })
    return ids
  }

  /// Lets no portion be deleted until ``sweepAll(_:)``, as if the queue had no time for it.
  private func hold(_ ledger: Ledger) throws {
    try ledger.store.sync { (store) throws(LedgerError) in store.isSweeping = true }
  }

  /// Deletes all portions.
  ///
  /// - Returns: How many there were.
  @discardableResult
  private func sweepAll(_ ledger: Ledger) throws -> Int {
    try ledger.store.sync { (store) throws(LedgerError) in
      var count = 0
      while store.hasDropped {
        store.sweep()
        count += 1
      }
      return count
    }
  }

  /// How many rows the file holds that belong to nobody: in dropped partitions, and these.
  private func leftovers(_ ledger: Ledger) throws -> [Int64] {
    try ledger.store.sync { (store) throws(LedgerError) in
      try [
        "SELECT count(*) FROM entry WHERE organization IN dropped_entries",
        "SELECT count(*) FROM document WHERE organization IN dropped_documents",
        "SELECT (SELECT count(*) FROM dropped_entries) + (SELECT count(*) FROM dropped_documents)",
      ].map { (sql) throws(LedgerError) in try store.database.integer(sql) }
    }
  }

  /// A copy of the file as a kill would leave it now.
  private func killed(_ name: String) throws -> Ledger {
    for suffix in ["", "-wal"] {
      try directory.write(try directory.bytes(of: "ledger.db\(suffix)"), to: name + suffix)
    }
    return try Ledger(.file(directory.file(name)))
  }

  enum Event: CaseIterable { case reset, removal, restore }

  @Test(
    "After a reset, a removal or a restore nobody sees what was there, deleted or not",
    arguments: Event.allCases)
  func drop(event: Event) async throws {
    let ledger = try Ledger(.file(path), retention: .of(1_000, inSnapshot: 100))
    let account = try ledger.make(grant: 10_000)
    let other = try ledger.make("other", grant: 10_000)
    let early = try ledger.snapshot(of: [account])
    await fill(ledger, account)
    let kept = await fill(ledger, other)
    try hold(ledger)
    let before = account.id
    var fresh: Account?
    switch event {
    case .reset: fresh = try ledger.reset(account, grant: 50, at: 9)
    case .removal: try ledger.removeOrganization(account)
    case .restore: fresh = try ledger.restore(early)[0]
    }
    let rows = Int64(Self.many)
    // A grant, too.
    #expect(try leftovers(ledger) == [rows + 1, rows, 2])

    func check(_ ledger: Ledger, _ fresh: Account?) throws {
      #expect(try ledger.verify() == [])
      #expect(try ledger.ids(of: fresh ?? account).isEmpty)
      #expect(try ledger.document(of: before, kind: 1, id: "100000") == nil)
      #expect(try ledger.ids(of: other) == kept)
      var owners: Set<Int64> = []
      try ledger.documents(kind: 1) { owners.insert($0.organization) }
      #expect(owners == [other.id])
      let balance: Int64? = [.reset: 50, .restore: 10_000][event]
      #expect(fresh?.balance == balance)
      if let fresh {
        let page = try ledger.page(of: fresh)
        #expect(page.isConsistent && page.entries.map(\.id) == [1] && page.balance == balance)
      }
      #expect(
        try ledger.organizations().map(\.account.name) == (fresh == nil ? [] : ["demo"]) + ["other"]
      )
    }
    try check(ledger, fresh)
    #expect(try LedgerReader(path: path).verify() == [])

    // In the middle of it, too, and for whom the process is killed then.
    try ledger.store.sync { (store) throws(LedgerError) in
      for _ in 0..<2 {
        store.sweep()
        #expect(store.hasDropped)
      }
    }
    #expect(try leftovers(ledger).first == rows + 1)
    try check(ledger, fresh)
    let copy = try killed("copy.db")
    let found = try copy.organizations().map(\.account).first { $0.name == "demo" }
    try check(copy, found)
    // Opening it goes on with the deletion, on the queue and in turn with others.
    while try leftovers(copy) != [0, 0, 0] {}
    try check(copy, found)
    copy.close()

    #expect(try sweepAll(ledger) > 4)
    #expect(try leftovers(ledger) == [0, 0, 0])
    try check(ledger, fresh)
    ledger.close()
  }

  @Test("What is new in a reset organization is its own, and a second reset drops that, too")
  func again() async throws {
    let ledger = try Ledger(.file(path))
    var account = try ledger.make(grant: 10_000)
    try hold(ledger)
    for number in 1...3 {
      let ids = await fill(ledger, account, Self.many + number)
      #expect(try ledger.ids(of: account) == ids)
      let page = try ledger.page(of: account, limit: .max)
      #expect(page.isConsistent && page.entries.count == ids.count + 1)
      let (id, old) = (account.id, account)
      account = try ledger.reset(account, grant: 10_000, at: 9)
      #expect(account.id == id)
      #expect(
        await ledger.write([.init(of: old, kind: 1, id: "late", body: [])]) == .unknownAccount)
    }
    let ids = await fill(ledger, account)
    let copy = try killed("copy.db")
    let found = try copy.organizations()[0].account
    #expect(try copy.ids(of: found) == ids && found.balance == account.balance)
    copy.close()
    try sweepAll(ledger)
    #expect(try ledger.ids(of: account) == ids)
    #expect(try ledger.page(of: account, limit: .max).entries.count == ids.count + 1)
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  @Test("A new organization that gets a removed one's number gets nothing of what it had")
  func sameNumber() async throws {
    let ledger = try Ledger(.file(path))
    let removed = try ledger.make(grant: 10_000)
    await fill(ledger, removed)
    try hold(ledger)
    try ledger.removeOrganization(removed)
    let copy = try killed("copy.db")
    try hold(copy)
    for ledger in [ledger, copy] {
      let fresh = try ledger.make("fresh", grant: 7)
      #expect(fresh.id == removed.id)
      #expect(try ledger.ids(of: fresh).isEmpty)
      #expect(try ledger.page(of: fresh).entries.map(\.amount) == [7])
      #expect(await ledger.write([.init(of: fresh, kind: 1, id: "x", body: [])]) == nil)
      try sweepAll(ledger)
      #expect(try ledger.ids(of: fresh) == ["x"])
      #expect(try ledger.page(of: fresh).entries.map(\.amount) == [7])
      #expect(try ledger.verify() == [])
      ledger.close()
    }
  }

  @Test("A reset that fails drops nothing")
  func rollback() async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make(grant: 10_000)
    let ids = await fill(ledger, account)
    #expect(throws: LedgerError.keyExists) {
      try ledger.transaction { (changes) throws(LedgerError) in
        let fresh = try changes.reset(account, grant: 5, at: 9)
        try changes.write([.init(of: fresh, kind: 1, id: "new", body: [])])
        throw .keyExists
      }
    }
    #expect(try leftovers(ledger) == [0, 0, 0])
    #expect(try ledger.ids(of: account) == ids)
    #expect(await ledger.charge(.make(account, 1)).isCharged)
    #expect(try ledger.page(of: account, limit: .max).entries.count == ids.count + 2)
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  @Test("A full disk puts the deletion off, and charges and the next start go on")
  func fullDisk() async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make(grant: 10_000)
    await fill(ledger, account)
    try ledger.failAtWrite()
    try hold(ledger)
    let fresh = try ledger.reset(account, grant: 10, at: 9)
    let rows = try leftovers(ledger)
    try ledger.failAtWrite(Int(LedgerStore.portion) / 2)
    #expect(try sweepAll(ledger) == 1)
    #expect(try leftovers(ledger) == rows)
    #expect(await ledger.charge(.make(fresh, 7)) == .charged(balance: 3))
    try ledger.failAtWrite()
    ledger.close()
    let again = try Ledger(.file(path))
    while try leftovers(again) != [0, 0, 0] {}
    #expect(try again.organizations().map(\.account.balance) == [3])
    #expect(try again.verify() == [])
    again.close()
  }

  @Test("In memory entries are dropped in the same way")
  func memory() async throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 10_000)
    await fill(ledger, account)
    try hold(ledger)
    let fresh = try ledger.reset(account, grant: 10, at: 9)
    #expect(try leftovers(ledger) == [Int64(Self.many) + 1, 0, 1])
    #expect(try ledger.page(of: fresh).entries.map(\.amount) == [10])
    try sweepAll(ledger)
    #expect(try leftovers(ledger) == [0, 0, 0])
    #expect(try ledger.page(of: fresh).entries.map(\.amount) == [10])
    #expect(try ledger.verify() == [])
  }

  @Test("A deletion counts as no commit")
  func statistics() async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make(grant: 10_000)
    await fill(ledger, account)
    let before = try ledger.statistics()
    try hold(ledger)
    _ = try ledger.reset(account, grant: 10, at: 9)
    try sweepAll(ledger)
    #expect(try ledger.statistics().commits == before.commits + 1)
    #expect(try ledger.statistics().entries == before.entries + 1)
    ledger.close()
  }

  @Test("No number of a partition is given twice, until all have been given")
  func numbers() throws {
    var numbers = PartitionNumbers(above: 2, used: [4, 8], largest: 9)
    func next(_ used: Set<Int64> = []) throws -> Int64? {
      try numbers.next { () throws(LedgerError) in used }
    }
    func claim(_ number: Int64) -> Bool { numbers.claim(number) }
    #expect(claim(2) && !claim(4))
    #expect(try next() == 9)
    #expect(!claim(9))
    #expect(claim(3))
    #expect(try next() == 7)
    #expect(try next() == 6)
    #expect(claim(5) && !claim(6))
    // From the largest one again.
    #expect(try next([6, 7, 9]) == 8)
    #expect(!claim(7))
    #expect(try next([6, 7, 8, 9]) == nil)
  }
}
