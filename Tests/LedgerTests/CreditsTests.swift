import Testing

@testable import Ledger

@Suite("Credits from outside")
struct CreditsTests {
  let ledger: Ledger
  let account: Account

  init() throws {
    ledger = try Ledger()
    account = try ledger.make(grant: 100)
  }

  /// The entries after the first grant, as kind and amount.
  private func entriesAfterGrant() throws -> [String] {
    let page = try ledger.page(of: account)
    #expect(page.isConsistent)
    #expect(page.balance == account.balance)
    #expect(try ledger.verify() == [])
    return page.entries.dropFirst().map { "\($0.kind) \($0.amount) \($0.balance)" }
  }

  @Test("Added credits are a grant, or an adjustment when the caller says so")
  func add() throws {
    #expect(try ledger.addCredits(50, to: account, at: 2) == 150)
    #expect(try ledger.addCredits(5, to: account, kind: .adjustment, at: 3) == 155)
    #expect(try ledger.addCredits(-155, to: account, kind: .adjustment, at: 4) == 0)
    #expect(try ledger.addCredits(0, to: account, at: 5) == 0)
    #expect(try entriesAfterGrant() == ["grant 50 150", "adjustment 5 155", "adjustment -155 0"])
  }

  @Test("A balance is set by one adjustment of the difference")
  func set() throws {
    for balance: Int64 in [130, 130, 0] {
      try ledger.setBalance(of: account, to: balance, at: 2)
      #expect(account.balance == balance)
    }
    #expect(try entriesAfterGrant() == ["adjustment 30 130", "adjustment -130 0"])
  }

  @Test("Expiry takes what is left and grants the next cycle's credits")
  func expire() async throws {
    _ = await ledger.charge(.make(account, 30))
    try ledger.expire(account, grant: 80, at: 3)
    #expect(account.balance == 80)
    try ledger.setBalance(of: account, to: 0, at: 4)
    try ledger.expire(account, grant: 0, at: 5)
    #expect(
      try entriesAfterGrant() == [
        "charge -30 70", "expiry -70 0", "grant 80 80", "adjustment -80 0",
      ])
  }

  @Test("Reset starts again from entry 1, and what was on its way doesn't reach the new beginning")
  func reset() async throws {
    _ = await ledger.charge(.make(account, 30))
    let fresh = try ledger.reset(account, grant: 60, at: 9)
    #expect(fresh.balance == 60 && fresh.id == account.id)
    let first = try #require(try ledger.page(of: fresh).entries.first)
    #expect(first.id == 1 && first.kind == .grant && first.amount == 60 && first.at == 9)
    #expect(await ledger.charge(.make(account, 10)) == .failed(.unknownAccount))
    #expect(await ledger.charge(.make(fresh, 10)) == .charged(balance: 50))
    #expect(try ledger.page(of: fresh).entries.map(\.amount) == [60, -10])
  }

  @Test("Reset to nothing leaves no entry")
  func resetToNothing() throws {
    let account = try ledger.reset(account, grant: 0, at: 9)
    #expect(account.balance == 0)
    #expect(try ledger.page(of: account).entries == [])
    #expect(try ledger.page(of: account).isConsistent)
  }

  @Test("An amount that can't be is refused and changes nothing")
  func refused() throws {
    #expect(throws: LedgerError.invalidAmount(-1)) {
      try ledger.addCredits(-1, to: account, at: 2)
    }
    #expect(throws: LedgerError.insufficientCredits(balance: 100)) {
      try ledger.addCredits(-101, to: account, kind: .adjustment, at: 2)
    }
    #expect(throws: LedgerError.invalidAmount(.max)) {
      try ledger.addCredits(.max, to: account, at: 2)
    }
    #expect(throws: LedgerError.invalidAmount(-1)) {
      try ledger.setBalance(of: account, to: -1, at: 2)
    }
    #expect(throws: LedgerError.invalidAmount(-1)) {
      try ledger.expire(account, grant: -1, at: 2)
    }
    #expect(throws: LedgerError.invalidAmount(-1)) {
      _ = try ledger.reset(account, grant: -1, at: 2)
    }
    #expect(throws: LedgerError.invalidAmount(-1)) { try ledger.make("other", grant: -1) }
    #expect(account.balance == 100)
    #expect(try entriesAfterGrant() == [])
  }
}
