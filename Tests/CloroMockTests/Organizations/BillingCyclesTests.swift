import Simulation
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

  /// Moves the clock to a whole month after the creation.
  private func end(_ mock: MockServer, cycle number: Int) async throws -> [MockClock.Fired] {
    let organization = try #require(mock.organizations.keys.first?.organization)
    var end = organization.createdAt
    for _ in 0..<number {
      end = BillingCycle.end(after: end, startingAt: organization.createdAt)
    }
    return await mock.clock.advance(nanoseconds: end.nanoseconds - mock.clock.now.nanoseconds)
  }

  @Test("Credits that are left expire at the end of the cycle, and the plan's are granted anew")
  func renewal() async throws {
    let mock = try make()
    let organization = try #require(mock.organizations.keys.first?.organization)
    try mock.ledger.addCredits(7, to: organization.account, at: 0)
    let early = await mock.clock.advance(nanoseconds: 27 * Self.day)
    let fired = try await end(mock, cycle: 2)
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
    try mock.organizations.reset(rules: RuleSet())
    let fired = try await end(mock, cycle: 1)
    #expect(fired.map(\.id) == ["demo"])
  }
}
