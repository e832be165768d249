import Testing

@testable import Ledger

@Suite("Several changes in one transaction")
struct TransactionTests {
  /// Everything that a ledger knows of its organizations, in memory and in the database.
  private struct Picture: Equatable {
    var organizations: [String] = []
    var entries: [[Ledger.Entry]] = []

    init(_ ledger: Ledger) throws {
      for each in try ledger.organizations() {
        let keys = each.keys.map { "\($0.text) \($0.isRevoked) \($0.settings ?? "-")" }
        organizations.append(
          "\(each.account.name) \(each.plan) \(each.settings) \(each.account.balance) \(keys)")
        entries.append(try ledger.page(of: each.account).entries)
      }
      #expect(try ledger.verify() == [])
    }
  }

  /// A ledger whose n-th write within a transaction fails.
  private func failing(
    _ make: (Ledger) throws -> Void = { _ in }
  ) throws -> (Ledger, (Int) throws -> Void) {
    let ledger = try Ledger()
    try make(ledger)
    try ledger.failAtWrite()
    return (ledger, { number in try ledger.failAtWrite(number) })
  }

  @Test("Whichever write fails, handles, balances, entries and keys are as before")
  func anyWriteFails() async throws {
    let (ledger, fail) = try failing()
    let (one, two) = (try ledger.make("one", grant: 100), try ledger.make("two", grant: 50))
    try ledger.addKey("k1", to: one)
    try ledger.addKey("k2", to: two)
    let snapshot = try ledger.snapshot(of: [two])
    _ = await ledger.charge(.make(two, 10))
    let before = try Picture(ledger)
    func change() throws(LedgerError) -> [Account] {
      try ledger.transaction(restoring: snapshot) { (changes) throws(LedgerError) in
        try changes.removeOrganization(one)
      } _: { (changes, restored) throws(LedgerError) in
        let three = try changes.createOrganization(named: "three", plan: "free", grant: 5, at: 9)
        try changes.addKey("k3", to: three)
        try changes.setRevoked(true, key: "k3")
        let again = try changes.createOrganization(named: "one", plan: "free", grant: 8, at: 9)
        try changes.addKey("k1", to: again, settings: "x")
        let fresh = try changes.reset(again, grant: 30, at: 10)
        try changes.addCredits(3, to: fresh, at: 11)
        try changes.setBalance(of: restored[0], to: 60, at: 12)
        try changes.updateOrganization(restored[0], plan: "growth")
        return [fresh, restored[0], three]
      }
    }
    var number = 0
    while true {
      try fail(number)
      do {
        let accounts = try change()
        #expect(accounts.map(\.balance) == [33, 60, 5])
        #expect(one.balance == 0)
        break
      } catch {
        guard case .database(.constraint, "full") = error else { throw error }
      }
      #expect(try Picture(ledger) == before)
      #expect(one.balance == 100 && two.balance == 40)
      number += 1
    }
    #expect(number > 15)
    try fail(.max)
    // The old handles have ended, and the new ones work.
    #expect(await ledger.charge(.make(one)) == .failed(.unknownAccount))
    #expect(await ledger.charge(.make(two)) == .failed(.unknownAccount))
    let accounts = try ledger.organizations().map(\.account)
    #expect(accounts.map(\.name).sorted() == ["one", "three", "two"])
    for account in accounts {
      let balance = account.balance
      #expect(await ledger.charge(.make(account, 2)) == .charged(balance: balance - 2))
    }
    #expect(try ledger.verify() == [])
  }

  @Test("After a refused change the same handles are charged as before")
  func handlesStay() async throws {
    let (ledger, fail) = try failing()
    let account = try ledger.make(grant: 100)
    try fail(1)
    #expect(throws: LedgerError.self) { _ = try ledger.reset(account, grant: 5, at: 3) }
    #expect(throws: LedgerError.self) { try ledger.make("other") }
    try fail(0)
    #expect(throws: LedgerError.self) { try ledger.removeOrganization(account) }
    try fail(.max)
    #expect(await ledger.charge(.make(account)) == .charged(balance: 93))
    #expect(try ledger.verify() == [])
  }

  @Test("What is created and removed again in one transaction leaves nothing")
  func createdAndRemoved() throws {
    let ledger = try Ledger()
    let gone = try ledger.transaction { (changes) throws(LedgerError) in
      let account = try changes.createOrganization(named: "short", plan: "p", grant: 5, at: 1)
      let fresh = try changes.reset(account, grant: 7, at: 2)
      try changes.removeOrganization(fresh)
      return fresh
    }
    #expect(gone.balance == 0)
    #expect(try ledger.organizations().isEmpty)
    #expect(throws: LedgerError.unknownAccount) { try ledger.addCredits(1, to: gone, at: 3) }
    #expect(try ledger.verify() == [])
  }
}
