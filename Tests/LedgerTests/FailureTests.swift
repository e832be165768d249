import Testing

@testable import Ledger

@Suite("When SQLite refuses")
struct FailureTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func locations() -> [Ledger.Location] {
    [.memory, .file(directory.file())]
  }

  @Test("A full disk fails the whole batch, charges nobody, and is over when there is space")
  func diskFull() async throws {
    for location in locations() {
      let ledger = try Ledger(location)
      let account = try ledger.make(grant: 100_000)
      let other = try ledger.make("other", grant: 3)
      let before = try ledger.page(of: account)
      // A value below the present count means: not one page more.
      try ledger.execute("PRAGMA max_page_count = 1")
      let long = String(repeating: "x", count: 100)
      let charges =
        [Charge.make(other, 3), .make(other, 4)]
        + (0..<1_000).map { _ in Charge.make(account, 7, requestID: long) }
      let outcomes = await ledger.charge(contentsOf: charges)
      for outcome in outcomes {
        guard case .failed(.database(.diskFull, _)) = outcome else {
          Issue.record("\(outcome)")
          return
        }
      }
      #expect(account.balance == 100_000 && other.balance == 3)
      #expect(try ledger.page(of: account) == before)

      try ledger.execute("PRAGMA max_page_count = 1000000")
      let retried = await ledger.charge(contentsOf: charges)
      #expect(retried[0...1] == [.charged(balance: 0), .insufficient(balance: 0)])
      #expect(retried.last == .charged(balance: 93_000))
      #expect(account.balance == 93_000)
      #expect(try ledger.verify() == [])
      ledger.close()
    }
  }

  @Test(
    "A charge that SQLite refuses takes its neighbours in the batch along, and no others",
    arguments: [0, 1, 6, 7, 8, 17])
  func oneRefused(before: Int) async throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    try ledger.execute(
      """
      CREATE TRIGGER unlucky BEFORE INSERT ON entry WHEN new.amount = -13
      BEGIN SELECT RAISE(ABORT, 'thirteen'); END
      """)
    let amounts: [Int64] = Array(repeating: 1, count: before) + [13, 7]
    let outcomes = await ledger.charge(contentsOf: amounts.map { .make(account, $0) })
    for outcome in outcomes {
      guard case .failed(.database(.constraint, "thirteen")) = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }
    #expect(account.balance == 100)
    #expect(await ledger.charge(.make(account, 7)) == .charged(balance: 93))
    #expect(throws: LedgerError.self) {
      try ledger.setBalance(of: account, to: 80, at: 3)
    }
    #expect(account.balance == 93)
    #expect(try ledger.verify() == [])
  }

  @Test("A failed commit is undone in memory as well")
  func failedReset() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    try ledger.execute(
      """
      CREATE TRIGGER stuck BEFORE UPDATE OF balance ON organization
      BEGIN SELECT RAISE(ABORT, 'stuck'); END
      """)
    #expect(throws: LedgerError.self) { _ = try ledger.reset(account, grant: 50, at: 3) }
    #expect(throws: LedgerError.self) { try ledger.make("other") }
    #expect(try ledger.organizations().count == 1)
    try ledger.execute("DROP TRIGGER stuck")
    #expect(try ledger.page(of: account).balance == 100)
    #expect(try ledger.page(of: account).isConsistent)
    #expect(try ledger.addCredits(1, to: account, at: 4) == 101)
    #expect(try ledger.verify() == [])
  }

  @Test("Another connection's lock fails charges only while it lasts")
  func locked() async throws {
    let ledger = try Ledger(.file(directory.file()), busyTimeoutMilliseconds: 0)
    let account = try ledger.make(grant: 100)
    let raw = try RawConnection(directory.file())
    try raw.execute("BEGIN IMMEDIATE")
    guard case .failed(.database(.busy, _)) = await ledger.charge(.make(account)) else {
      Issue.record("not refused")
      return
    }
    try raw.execute("ROLLBACK")
    #expect(await ledger.charge(.make(account)) == .charged(balance: 93))
    ledger.close()
  }

  @Test("A primary code matches what is derived from it, an extended one only itself")
  func resultCodes() {
    let unique = ResultCode.notUnique
    #expect(unique.rawValue == 2067)
    #expect(ResultCode.constraint ~= unique)
    #expect(unique ~= unique)
    #expect(!(unique ~= ResultCode.constraint))
    #expect(!(ResultCode.busy ~= unique))
  }
}
