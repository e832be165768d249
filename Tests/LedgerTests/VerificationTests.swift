import Testing

@testable import Ledger

@Suite("Verification and reading beside a writer")
struct VerificationTests {
  let directory: TemporaryDirectory
  let path: String
  let ledger: Ledger

  /// A grant of 100 and four charges of 7 for `demo`, a grant for `other`.
  init() async throws {
    directory = try TemporaryDirectory()
    path = directory.file()
    ledger = try Ledger(.file(path))
    let account = try ledger.make()
    try ledger.make("other")
    for _ in 0..<4 { _ = await ledger.charge(.make(account)) }
  }

  @Test(
    "Tampering is found and named",
    arguments: [
      (
        "UPDATE organization SET balance = 1 WHERE id = 1",
        [.wrongSum(organization: "demo", sum: 972, balance: 1)]
      ),
      (
        "UPDATE entry SET amount = -8 WHERE organization = 1 AND id = 3",
        [
          .brokenChain(organization: "demo", entry: 3, expected: 985, found: 986),
          .wrongSum(organization: "demo", sum: 971, balance: 972),
        ]
      ),
      (
        "UPDATE entry SET balance = 5 WHERE organization = 1 AND id = 5",
        [.brokenChain(organization: "demo", entry: 5, expected: 979 - 7, found: 5)]
      ),
      (
        "DELETE FROM entry WHERE organization = 1 AND id = 2",
        [
          .gap(organization: "demo", expected: 2, found: 3),
          .brokenChain(organization: "demo", entry: 3, expected: 993, found: 986),
          .wrongSum(organization: "demo", sum: 979, balance: 972),
        ]
      ),
      (
        "DELETE FROM entry WHERE organization = 2",
        [.wrongSum(organization: "other", sum: 0, balance: 1_000)]
      ),
      (
        "DELETE FROM organization WHERE id = 2",
        [.strayEntries(organization: 2, entries: 1)]
      ),
    ] as [(String, [Ledger.Discrepancy])])
  func tampering(sql: String, discrepancies: [Ledger.Discrepancy]) throws {
    #expect(try ledger.verify() == [])
    try RawConnection(path).execute(sql)
    #expect(try ledger.verify() == discrepancies)
    ledger.close()
    #expect(try LedgerReader(path: path).verify() == discrepancies)
  }

  @Test("A damaged file is found, not trusted")
  func damaged() throws {
    ledger.close()
    let page = try RawConnection(path).integer(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'entry'")
    var bytes = try directory.bytes()
    let pageSize = 2_048
    for index in (Int(page) - 1) * pageSize..<Int(page) * pageSize { bytes[index] = 0xFF }
    try directory.write(bytes)
    #expect {
      try Ledger(.file(path))
    } throws: { error in
      guard case LedgerError.cannotOpen(path, _) = error else { return false }
      return true
    }
    let discrepancies = try LedgerReader(path: path).verify()
    #expect(!discrepancies.isEmpty)
    for discrepancy in discrepancies {
      guard case .damaged = discrepancy else {
        Issue.record("\(discrepancy)")
        return
      }
    }
  }

  @Test("A reader beside a running ledger sees one moment of it")
  func beside() async throws {
    let reader = try LedgerReader(path: path)
    let account = try #require(try reader.organizations().first?.account)
    let mine = try #require(try ledger.organizations().first?.account)
    #expect(await ledger.charge(.make(mine)) == .charged(balance: 965))
    #expect(account.balance == 972)
    let page = try reader.page(of: account, since: 3, limit: 10)
    #expect(page.entries.map(\.id) == [4, 5])
    #expect(page.balance == 972 && page.isConsistent)
    #expect(try reader.verify() == [])
    #expect(throws: LedgerError.unknownAccount) { try reader.page(of: mine) }
    // Closing while there is a reader loses nothing, though the file can't leave WAL mode.
    ledger.close()
    #expect(try reader.page(of: account) == (try reader.page(of: account, since: 0)))
  }

  @Test("Reading a resting ledger leaves no trace")
  func readOnly() throws {
    ledger.close()
    let bytes = try directory.bytes()
    let reader = try LedgerReader(path: path)
    #expect(try reader.organizations().map(\.account.name) == ["demo", "other"])
    #expect(try reader.verify() == [])
    #expect(try directory.names() == ["ledger.db"])
    #expect(try directory.bytes() == bytes)
  }

  @Test("A reader creates no file")
  func missing() throws {
    let missing = directory.file("missing.db")
    #expect(
      throws: LedgerError.cannotOpen(path: missing, reason: "no such file or directory")
    ) { try LedgerReader(path: missing) }
    #expect(try !directory.names().contains("missing.db"))
  }
}
