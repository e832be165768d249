import Testing

@testable import Ledger

@Suite("Restoring is all or nothing")
struct SnapshotFailureTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func locations() -> [Ledger.Location] {
    [.memory, .file(directory.file())]
  }

  /// Everything that a restore could change, except handles.
  private func everything(_ ledger: Ledger) throws -> [String] {
    try ledger.organizations().map { organization in
      let page = try ledger.page(of: organization.account, limit: .max)
      #expect(page.isConsistent && page.balance == organization.account.balance)
      return "\(organization.account.name) \(organization.plan) \(organization.keys) \(page)"
    }
  }

  /// A ledger, and a snapshot of two organizations that differ from it by now: `a` has further
  /// entries, `b` was reset and has a new key.
  private func make(
    _ location: Ledger.Location
  ) async throws -> (ledger: Ledger, snapshots: [Ledger.AccountSnapshot]) {
    let ledger = try Ledger(location, retention: .of(500))
    let a = try ledger.make("a")
    let b = try ledger.make("b")
    try ledger.addKey("kb", to: b)
    _ = await ledger.charge(contentsOf: (0..<50).flatMap { _ in [a, b].map { .make($0, 1) } })
    let snapshots = try ledger.snapshot(of: [a, b])
    _ = await ledger.charge(contentsOf: (0..<50).map { _ in .make(a, 2) })
    let fresh = try ledger.reset(b, grant: 9, at: 3)
    try ledger.addKey("new", to: fresh)
    try ledger.updateOrganization(fresh, plan: "other")
    return (ledger, snapshots)
  }

  @Test(
    "A statement that SQLite refuses leaves everything as it was, handles too",
    arguments: [
      "DELETE ON entry WHEN old.organization = 1 AND old.id = 60",
      "DELETE ON entry WHEN old.organization = 2",
      "INSERT ON entry WHEN new.organization = 2 AND new.id = 30",
      "DELETE ON api_key", "INSERT ON api_key",
      "UPDATE OF plan ON organization WHEN new.id = 2",
      "UPDATE OF balance ON organization WHEN new.id = 2",
    ])
  func refused(event: String) async throws {
    for location in locations() {
      let (ledger, snapshots) = try await make(location)
      let before = try everything(ledger)
      let accounts = try ledger.organizations().map(\.account)
      try ledger.execute(
        "CREATE TRIGGER stuck BEFORE \(event) BEGIN SELECT RAISE(ABORT, 'stuck'); END")
      for _ in 0..<2 {
        #expect {
          try ledger.restore(snapshots)
        } throws: { error in
          guard case LedgerError.database(.constraint, "stuck") = error else { return false }
          return true
        }
        #expect(try everything(ledger) == before)
        #expect(try ledger.verify() == [])
      }
      try ledger.execute("DROP TRIGGER stuck")
      for account in accounts { #expect(await ledger.charge(.make(account, 1)).isCharged) }
      #expect(try ledger.restore(snapshots).map(\.balance) == [950, 950])
      #expect(try ledger.verify() == [])
      ledger.close()
    }
  }

  @Test("A full disk leaves everything as it was, and is over when there is space")
  func diskFull() async throws {
    for location in locations() {
      let (ledger, snapshots) = try await make(location)
      let empty = try ledger.snapshot(of: try ledger.organizations().map(\.account))
      try ledger.removeOrganization(try #require(try ledger.organizations().first).account)
      try ledger.execute("VACUUM; PRAGMA max_page_count = 1")
      let before = try everything(ledger)
      #expect {
        try ledger.restore(snapshots)
      } throws: { error in
        guard case LedgerError.database(.diskFull, _) = error else { return false }
        return true
      }
      #expect(try everything(ledger) == before)
      try ledger.execute("PRAGMA max_page_count = 1000000")
      #expect(try ledger.restore(snapshots).map(\.balance) == [950, 950])
      #expect(try ledger.restore(empty).map(\.balance) == [850, 9])
      #expect(try ledger.verify() == [])
      ledger.close()
    }
  }

  @Test("A key that another organization has by now is not taken away from it")
  func keyTaken() async throws {
    for location in locations() {
      let (ledger, snapshots) = try await make(location)
      try ledger.removeKey("kb")
      let other = try ledger.make("other")
      try ledger.addKey("kb", to: other)
      let before = try everything(ledger)
      #expect(throws: LedgerError.keyExists) { try ledger.restore(snapshots) }
      #expect(try everything(ledger) == before)
      try ledger.removeOrganization(other)
      _ = try ledger.restore(snapshots)
      #expect(try ledger.keys().map(\.text) == ["kb"])
      ledger.close()
    }
  }

  @Test("Two snapshots of one organization are refused together")
  func twice() async throws {
    let (ledger, snapshots) = try await make(.memory)
    let before = try everything(ledger)
    #expect(throws: LedgerError.organizationExists(name: "a")) {
      try ledger.restore(snapshots + [snapshots[0]])
    }
    #expect(try everything(ledger) == before)
    let account = try #require(try ledger.organizations().first).account
    try ledger.removeOrganization(account)
    #expect(throws: LedgerError.organizationExists(name: "a")) {
      try ledger.restore([snapshots[0], snapshots[0]])
    }
    #expect(throws: LedgerError.unknownAccount) { try ledger.snapshot(of: [account]) }
  }

  @Test("A kill in the middle of a restore leaves what was before, one after it what is now")
  func killed() async throws {
    let path = directory.file()
    let (ledger, snapshots) = try await make(.file(path))
    // A tiny cache makes SQLite write pages of the open transaction to disk.
    try ledger.execute("PRAGMA cache_size = 1")
    /// The disk as a kill at this moment would leave it; the shared memory file is not part of it.
    func balancesOnDisk() throws -> [Int64] {
      for suffix in ["", "-wal"] {
        try directory.write(try directory.bytes(of: "ledger.db\(suffix)"), to: "copy.db\(suffix)")
      }
      defer { for suffix in ["", "-wal"] { try? directory.write([], to: "copy.db\(suffix)") } }
      let copy = try Ledger(.file(directory.file("copy.db")))
      defer { copy.close() }
      #expect(try copy.verify() == [])
      return try copy.organizations().map(\.account.balance)
    }
    let walBefore = try directory.bytes(of: "ledger.db-wal").count
    #expect(throws: LedgerError.unknownKey) {
      try ledger.store.sync { (store) throws(LedgerError) in
        try store.transaction { () throws(LedgerError) in
          _ = try store.restore(snapshots)
          #expect((try? balancesOnDisk()) == [850, 9])
          throw .unknownKey
        }
      }
    }
    #expect(try directory.bytes(of: "ledger.db-wal").count > walBefore)
    #expect(try balancesOnDisk() == [850, 9])
    _ = try ledger.restore(snapshots)
    #expect(try balancesOnDisk() == [950, 950])
    ledger.close()
  }
}
