import Testing

@testable import Ledger

@Suite("What a file had when it was opened")
struct StoredOrganizationsTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file()
  }

  /// A file with three organizations, a to c, of which the first has two keys.
  private func reopened() throws -> Ledger {
    let ledger = try Ledger(.file(path))
    for (name, grant) in [("a", Int64(100)), ("b", 50), ("c", 0)] {
      let account = try ledger.make(name, plan: "lite", settings: "{}", grant: grant)
      try ledger.addKey("key of \(name)", to: account)
    }
    let first = try #require(try ledger.organizations().first)
    try ledger.addKey("another of a", to: first.account)
    try ledger.setRevoked(true, key: "key of b")
    ledger.close()
    return try Ledger(.file(path))
  }

  @Test("There is nothing in memory and in a new file")
  func nothing() throws {
    for ledger in [try Ledger(), try Ledger(.file(path))] {
      let inventory = try ledger.inventory()
      #expect(inventory.lastOrganization == 0 && inventory.keys == 0)
      #expect(try ledger.storedOrganizations(numbered: 1 ... .max, most: 9).isEmpty)
      #expect(try ledger.storedKeys().isEmpty)
      #expect(try ledger.numberOfOrganization(withKey: "k") == nil)
      ledger.close()
    }
  }

  @Test("Organizations are found by number, key and name, and read in portions")
  func found() throws {
    let ledger = try reopened()
    let inventory = try ledger.inventory()
    #expect(inventory.lastOrganization == 3 && inventory.keys == 4)
    #expect(try ledger.numberOfOrganization(withKey: "key of b") == 2)
    #expect(try ledger.numberOfOrganization(withKey: "key of d") == nil)
    #expect(try ledger.numberOfOrganization(named: "c") == 3)
    #expect(try ledger.storedKeys() == ["key of a", "key of b", "key of c", "another of a"])
    let first = try ledger.storedOrganizations(numbered: 1 ... .max, most: 2)
    #expect(first.map(\.account.name) == ["a", "b"] && first.map(\.lastEntry) == [1, 1])
    #expect(first.map(\.account.balance) == [100, 50])
    #expect(first[0].keys.map(\.text) == ["key of a", "another of a"])
    #expect(first[1].keys.map(\.isRevoked) == [true])
    let rest = try ledger.storedOrganizations(numbered: 3 ... .max, most: 2)
    #expect(rest.map(\.account.name) == ["c"] && rest.map(\.lastEntry) == [0])
    #expect(try ledger.storedOrganizations(numbered: 4 ... .max, most: 2).isEmpty)
    ledger.close()
    #expect(throws: LedgerError.closed) { try ledger.inventory() }
  }

  @Test("An organization has one handle, whoever reads it first")
  func handles() async throws {
    let ledger = try reopened()
    let second = try #require(
      try ledger.storedOrganizations(numbered: 2...2, most: 1).first?.account)
    #expect(try ledger.storedOrganizations(numbered: 2...2, most: 1).first?.account === second)
    #expect(try ledger.organizations()[1].account === second)
    #expect(await ledger.charge(.make(second, 7)) == .charged(balance: 43))
    #expect(try ledger.organizations()[1].account === second)
    let page = try ledger.page(of: second)
    #expect(page.entries.map(\.id) == [1, 2] && page.isConsistent)
    // It is gone for good with its organization, although the number may be given again.
    #expect(try ledger.removeOrganization(second) == 43)
    #expect(await ledger.charge(.make(second)) == .failed(.unknownAccount))
    // One that nobody has used can be changed, restored and removed like any other.
    let third = try #require(
      try ledger.storedOrganizations(numbered: 3...3, most: 1).first?.account)
    let snapshot = try ledger.snapshot(of: [third])
    try ledger.addCredits(5, to: third, at: 0)
    let restored = try #require(try ledger.restore(snapshot).first)
    #expect(restored.balance == 0 && restored.name == "c")
    try ledger.removeOrganization(restored)
    #expect(try ledger.organizations().map(\.account.name) == ["a"])
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  @Test("The last entries are those of organizations of an age that have some")
  func lastEntries() throws {
    let ledger = try Ledger(.file(path))
    let old = try ledger.createOrganization(named: "old", plan: "lite", grant: 5, at: 1_000)
    try ledger.addCredits(1, to: old, at: 1_500)
    try ledger.createOrganization(named: "empty", plan: "lite", grant: 0, at: 1_000)
    try ledger.createOrganization(named: "new", plan: "lite", grant: 5, at: 2_001)
    let entries = try ledger.lastEntries(ofOrganizationsUpTo: 2_000)
    #expect(entries.map(\.organization) == [1] && entries.map(\.createdAt) == [1_000])
    #expect(entries.map(\.at) == [1_500])
    ledger.close()
  }
}
