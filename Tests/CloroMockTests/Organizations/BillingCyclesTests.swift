import Testing

@testable import CloroMock

@Suite("Billing cycles")
struct BillingCyclesTests {
  private static let day: Int64 = 86_400 * 1_000_000_000

  private func make() throws -> MockServer {
    var configuration = MockConfiguration()
    configuration.clock = .manual
    return try MockServer(configuration)
  }

  @Test("Credits that are left expire at the end of the cycle, and the plan's are granted anew")
  func renewal() async throws {
    let mock = try make()
    let organization = try #require(mock.organizations.keys.first?.organization)
    try mock.ledger.addCredits(7, to: organization.account, at: 0)
    let early = await mock.clock.advance(nanoseconds: 29 * Self.day)
    let fired = await mock.clock.advance(nanoseconds: 32 * Self.day)
    #expect(early.isEmpty)
    #expect(fired.map(\.kind) == [.cycle, .cycle] && fired.map(\.id) == ["demo", "demo"])
    let page = try mock.ledger.page(of: organization.account)
    #expect(page.entries.map(\.kind) == [.grant, .grant, .expiry, .grant, .expiry, .grant])
    #expect(page.entries.map(\.amount) == [250_000, 7, -250_007, 250_000, -250_000, 250_000])
    #expect(page.isConsistent && organization.account.balance == 250_000)
  }

  @Test("An organization that is gone has no cycle")
  func removal() async throws {
    let mock = try make()
    let key = try mock.organizations.mint(KeyOrder(settings: KeySettings()))
    _ = try mock.organizations.remove(key.text)
    try mock.organizations.reset()
    let fired = await mock.clock.advance(nanoseconds: 31 * Self.day)
    #expect(fired.map(\.id) == ["demo"])
  }
}
