import CloroMock
import Testing

@Suite("The examples of Credits and ledger", .promptly, .timeLimit(.minutes(5)))
struct CreditsExampleTests {
  @Test("A success is charged, and the ledger says so")
  func ledger() async throws {
    try await withMock { mock in
      let key = try await mock.mint(credits: 10).key
      let client = Client(baseURL: mock.url, key: key)
      #expect(try await client.ask("Which laptop?").headers["x-credits-charged"] == "7")
      #expect(try await client.ask("Which laptop?").status == 403)

      let ledger = try await mock.ledger(key: key)
      #expect(ledger.entries.map(\.kind) == [.grant, .charge])
      #expect(ledger.entries.map(\.amount) == [10, -7])
      #expect(ledger.balance == 3 && ledger.isConsistent)
    }
  }

  @Test("A top-up is a grant")
  func topUp() async throws {
    try await withMock { mock in
      let key = try await mock.mint(credits: 3).key
      try await mock.change(key: key, addCredits: 4)
      let last = try await mock.ledger(key: key).entries.last
      #expect(last?.kind == .grant && last?.balance == 7)
    }
  }

  @Test("An upgrade counts at once")
  func upgrade() async throws {
    try await withMock { mock in
      let key = try await mock.mint(plan: "lite").key
      _ = try await Client(baseURL: mock.url, key: key).ask("Which laptop?")
      #expect(try await mock.change(key: key, plan: "growth").credits == 1_350_000 - 7)
      #expect(try await mock.change(key: key, plan: "lite").credits == 1_350_000 - 7)
    }
  }

  @Test("A billing cycle ends after a month")
  func cycle() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      let key = try await mock.mint(plan: "free").key
      _ = try await Client(baseURL: mock.url, key: key).ask("Which laptop?")
      try await mock.advance(seconds: 31 * 86_400)
      let ledger = try await mock.ledger(key: key)
      #expect(ledger.entries.map(\.kind) == [.grant, .charge, .expiry, .grant])
      #expect(ledger.balance == 500)
    }
  }
}
