import Testing

@testable import Ledger

@Suite("Organizations and keys")
struct OrganizationsTests {
  let ledger: Ledger

  init() throws {
    ledger = try Ledger()
  }

  @Test("Organizations come with account, plan, settings and keys, in the order of creation")
  func organizations() throws {
    let first = try ledger.make("b", plan: "lite", settings: #"{"seed":1}"#, at: 5)
    let second = try ledger.make("a", grant: 0)
    try ledger.addKey("k2", to: first, settings: "s")
    try ledger.addKey("k1", to: first)
    let organizations = try ledger.organizations()
    #expect(organizations.map(\.account.name) == ["b", "a"])
    #expect(organizations[0].account === first && organizations[1].account === second)
    #expect(organizations[0].plan == "lite" && organizations[0].settings == #"{"seed":1}"#)
    #expect(organizations[0].createdAt == 5)
    #expect(organizations[0].keys.map(\.text) == ["k2", "k1"])
    #expect(organizations[0].keys.map(\.settings) == ["s", nil])
    #expect(organizations[1].keys == [])
    #expect(try ledger.page(of: second).entries == [])
  }

  @Test("A name is taken once, and the refused organization leaves nothing behind")
  func uniqueName() throws {
    try ledger.make("a")
    try ledger.make("a\0b")
    #expect(throws: LedgerError.organizationExists(name: "a")) { try ledger.make("a") }
    #expect(try ledger.organizations().map(\.account.name) == ["a", "a\0b"])
    #expect(try ledger.verify() == [])
  }

  @Test("An update changes only what it names")
  func update() throws {
    let account = try ledger.make(plan: "lite", settings: "1")
    try ledger.updateOrganization(account, plan: "hobby")
    try ledger.updateOrganization(account, settings: "2")
    let organization = try #require(try ledger.organizations().first)
    #expect(organization.plan == "hobby" && organization.settings == "2")
    #expect(organization.account.balance == 1_000)
  }

  @Test("A removed organization takes keys and entries along and frees its name")
  func remove() throws {
    let account = try ledger.make("a")
    let other = try ledger.make("b")
    try ledger.addKey("k", to: account)
    try ledger.removeOrganization(account)
    #expect(account.balance == 0)
    #expect(throws: LedgerError.unknownAccount) { try ledger.page(of: account) }
    #expect(throws: LedgerError.unknownAccount) { try ledger.removeOrganization(account) }
    #expect(throws: LedgerError.unknownAccount) { try ledger.addKey("x", to: account) }
    #expect(throws: LedgerError.unknownAccount) { try ledger.addCredits(1, to: account, at: 2) }
    #expect(try ledger.keys() == [])
    let again = try ledger.make("a", grant: 5)
    #expect(try ledger.page(of: again).entries.map(\.amount) == [5])
    #expect(try ledger.organizations().map(\.account.name) == ["b", "a"])
    #expect(other.balance == 1_000)
    #expect(try ledger.verify() == [])
  }

  @Test("A removed organization's number may return, its old account never does")
  func reusedNumber() async throws {
    let old = try ledger.make("a")
    try ledger.removeOrganization(old)
    let new = try ledger.make("b")
    #expect(old.id == new.id)
    #expect(await ledger.charge(.make(old)) == .failed(.unknownAccount))
    #expect(new.balance == 1_000)
  }

  @Test("Keys are revoked, restored, changed, listed and removed")
  func keys() throws {
    let account = try ledger.make("a")
    let other = try ledger.make("b")
    let key = try ledger.addKey("k", to: account)
    #expect(key == Ledger.Key(text: "k", organization: account.id, settings: nil, isRevoked: false))
    try ledger.addKey("o", to: other)
    #expect(throws: LedgerError.keyExists) { try ledger.addKey("k", to: other) }
    try ledger.setRevoked(true, key: "k")
    try ledger.updateKey("k", settings: "{}")
    #expect(
      try ledger.keys(of: account) == [
        Ledger.Key(text: "k", organization: account.id, settings: "{}", isRevoked: true)
      ])
    try ledger.setRevoked(false, key: "k")
    #expect(try ledger.keys().map(\.isRevoked) == [false, false])
    try ledger.removeKey("k")
    #expect(try ledger.keys().map(\.text) == ["o"])
    #expect(throws: LedgerError.unknownKey) { try ledger.removeKey("k") }
    #expect(throws: LedgerError.unknownKey) { try ledger.setRevoked(true, key: "k") }
    #expect(throws: LedgerError.unknownKey) { try ledger.updateKey("k", settings: nil) }
  }
}
