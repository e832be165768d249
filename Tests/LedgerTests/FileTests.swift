import Testing

@testable import Ledger

@Suite("Ledgers in files")
struct FileTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file()
  }

  @Test("A ledger that is opened again is as it was")
  func reopen() async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make("a", plan: "lite", settings: "{}", grant: 100)
    try ledger.addKey("k", to: account, settings: "s")
    try ledger.setRevoked(true, key: "k")
    _ = await ledger.charge(contentsOf: [.make(account, 7), .make(account, 8, taskID: "t")])
    let page = try ledger.page(of: account)
    ledger.close()

    let again = try Ledger(.file(path))
    let organization = try #require(try again.organizations().first)
    #expect(organization.account !== account)
    #expect(organization.account.name == "a" && organization.account.balance == 85)
    #expect(organization.plan == "lite")
    #expect(organization.keys.map(\.text) == ["k"] && organization.keys[0].isRevoked)
    #expect(try again.page(of: organization.account) == page)
    #expect(await again.charge(.make(account)) == .failed(.unknownAccount))
    #expect(await again.charge(.make(organization.account, 5)) == .charged(balance: 80))
    #expect(try again.page(of: organization.account).entries.map(\.id) == [1, 2, 3, 4])
    #expect(try again.verify() == [])
    again.close()
  }

  @Test("What was acknowledged is there although the ledger was never closed")
  func killed() async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make(grant: 1_000)
    for expected in 1...50 {
      #expect(await ledger.charge(.make(account)) == .charged(balance: Int64(1_000 - 7 * expected)))
    }
    // The disk as a kill at this moment would leave it; the shared memory file is not part of it.
    for suffix in ["", "-wal"] {
      try directory.write(try directory.bytes(of: "ledger.db\(suffix)"), to: "copy.db\(suffix)")
    }
    #expect(try LedgerReader(path: directory.file("copy.db")).verify() == [])
    let copy = try Ledger(.file(directory.file("copy.db")))
    #expect(try copy.organizations().map(\.account.balance) == [650])
    #expect(try copy.verify() == [])
    copy.close()
    ledger.close()
  }

  @Test("A running ledger writes ahead, a resting one is a single file")
  func journalMode() throws {
    let ledger = try Ledger(.file(path))
    #expect(try directory.names() == ["ledger.db", "ledger.db-shm", "ledger.db-wal"])
    ledger.close()
    #expect(try directory.names() == ["ledger.db"])
  }

  @Test("A second writer is refused until the first closes, and harms nothing")
  func twoWriters() async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make(grant: 10)
    for _ in 0..<2 {
      #expect(throws: LedgerError.inUse(path: path)) { try Ledger(.file(path)) }
      #expect(await ledger.charge(.make(account, 1)).isCharged)
    }
    ledger.close()
    let next = try Ledger(.file(path))
    #expect(try next.organizations().map(\.account.balance) == [8])
    next.close()
  }

  @Test("A ledger that is let go without closing gives the file free")
  func letGo() throws {
    _ = try Ledger(.file(path)).make()
    let next = try Ledger(.file(path))
    #expect(try next.organizations().count == 1)
    next.close()
  }

  @Test("An empty file becomes a ledger")
  func emptyFile() throws {
    try directory.write([])
    try Ledger(.file(path)).close()
    #expect(try directory.bytes().count > 0)
  }

  @Test(
    "A file of another kind is refused and left as it was",
    arguments: ["no", "hello", String(repeating: "no ledger ", count: 100)])
  func foreign(text: String) throws {
    let bytes = Array(text.utf8)
    try directory.write(bytes)
    #expect(throws: LedgerError.notALedger(path: path)) { try Ledger(.file(path)) }
    #expect(throws: LedgerError.notALedger(path: path)) { try LedgerReader(path: path) }
    #expect(try directory.bytes() == bytes)
    #expect(try directory.names() == ["ledger.db"])
  }

  @Test("Another application's database is refused and left as it was")
  func foreignDatabase() throws {
    try RawConnection(path).execute("CREATE TABLE organization (id)")
    let bytes = try directory.bytes()
    #expect(throws: LedgerError.notALedger(path: path)) { try Ledger(.file(path)) }
    #expect(try directory.bytes() == bytes)
    #expect(try directory.names() == ["ledger.db"])
  }

  @Test("A newer version's ledger is refused and left as it was")
  func newerVersion() throws {
    try Ledger(.file(path)).close()
    try RawConnection(path).execute("PRAGMA user_version = 5")
    let bytes = try directory.bytes()
    let error = LedgerError.newerVersion(path: path, found: 5, supported: 4)
    #expect(throws: error) { try Ledger(.file(path)) }
    #expect(throws: error) { try LedgerReader(path: path) }
    #expect(try directory.bytes() == bytes)
  }

  @Test("An earlier version's ledger becomes one of this version, with all that it held")
  func migration() async throws {
    let first = try Ledger(.file(path))
    let written = try [first.make("a"), first.make("b")]
    for account in written { _ = await first.charge(.make(account, 7, taskID: "t")) }
    let pages = try written.map { try first.page(of: $0) }
    first.close()
    try RawConnection(path).execute(Self.firstVersion)
    let error = LedgerError.olderVersion(path: path, found: 1, supported: 4)
    #expect(throws: error) { try LedgerReader(path: path) }

    let ledger = try Ledger(.file(path))
    defer { ledger.close() }
    let accounts = try ledger.organizations().map(\.account)
    #expect(try accounts.map { try ledger.page(of: $0) } == pages)
    #expect(await ledger.charge(.make(accounts[0], 5)).isCharged)
    #expect(try LedgerReader(path: path).verify().isEmpty)
  }

  @Test("A ledger of version 2 is read as it is, and becomes one of this version when it is opened")
  func secondVersion() async throws {
    let first = try Ledger(.file(path))
    let written = try [first.make("a"), first.make("b", grant: 90)]
    for account in written { _ = await first.charge(.make(account, 7, taskID: "t")) }
    let pages = try written.map { try first.page(of: $0) }
    first.close()
    try RawConnection(path).execute("DROP TABLE document; PRAGMA user_version = 2")
    do {
      let reader = try LedgerReader(path: path)
      let read = try reader.organizations()
      #expect(read.map(\.account.balance) == [993, 83])
      #expect(try read.map { try reader.page(of: $0.account) } == pages)
      #expect(try reader.verify() == [])
    }
    #expect(try RawConnection(path).integer("PRAGMA user_version") == 2)

    let ledger = try Ledger(.file(path))
    let accounts = try ledger.organizations().map(\.account)
    #expect(try accounts.map { try ledger.page(of: $0) } == pages)
    #expect(await ledger.write([.init(of: accounts[1], kind: 1, body: [7])]) == nil)
    #expect(try ledger.document(of: accounts[1].id, kind: 1) == [7])
    #expect(try ledger.verify() == [])
    ledger.close()
    #expect(try RawConnection(path).integer("PRAGMA user_version") == 4)
  }

  @Test("A ledger of version 3 is read as it is, and keeps its documents when it is opened")
  func thirdVersion() async throws {
    let first = try Ledger(.file(path))
    let written = try [first.make("a"), first.make("b", grant: 90)]
    for account in written {
      let document = Ledger.Document(of: account, kind: 1, id: "x", body: [UInt8(account.id)])
      #expect(await first.charge(.make(account, 7, documents: [document])).isCharged)
    }
    first.close()
    try RawConnection(path).execute(
      """
      DROP TABLE organization_partition; DROP TABLE dropped_entries; DROP TABLE dropped_documents;
      PRAGMA user_version = 3
      """)
    do {
      let reader = try LedgerReader(path: path)
      #expect(try reader.organizations().map(\.account.balance) == [993, 83])
      #expect(try reader.verify() == [])
    }
    #expect(try directory.names() == ["ledger.db"])
    let ledger = try Ledger(.file(path))
    let accounts = try ledger.organizations().map(\.account)
    #expect(try accounts.map { try ledger.document(of: $0.id, kind: 1, id: "x") } == [[1], [2]])
    let fresh = try ledger.reset(accounts[0], grant: 5, at: 9)
    #expect(try ledger.ids(of: fresh).isEmpty && ledger.ids(of: accounts[1]) == ["x"])
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  /// Converts a ledger to one of version 1.
  private static let firstVersion = """
    DROP TABLE document;
    ALTER TABLE entry RENAME TO entry_2;
    CREATE TABLE entry (
      organization INTEGER NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
      amount INTEGER NOT NULL, balance INTEGER NOT NULL, endpoint TEXT, request_id TEXT,
      task_id TEXT, PRIMARY KEY (organization, id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO entry
      SELECT organization, id, at, kind, amount, balance, endpoint, request_id, task_id
      FROM entry_2;
    DROP TABLE entry_2;
    PRAGMA user_version = 1;
    """

  @Test("A path that can't be a file is refused with the reason")
  func cannotOpen() throws {
    for (path, reason) in [
      (directory.path, "it is a directory"),
      (directory.file("missing/ledger.db"), "no such file or directory"),
      ("", "the path is empty"),
    ] {
      let error = LedgerError.cannotOpen(path: path, reason: reason)
      #expect(throws: error) { try Ledger(.file(path)) }
      #expect(throws: error) { try LedgerReader(path: path) }
    }
    #expect(try directory.names() == [])
  }
}
