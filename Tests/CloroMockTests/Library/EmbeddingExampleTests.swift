import CloroMock
import Testing

@Suite("The examples of Embedding", .promptly, .timeLimit(.minutes(5)))
struct EmbeddingExampleTests {
  @Test("A scoped double answers, and says what it saw")
  func scoped() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      let answer = try await client.ask("Which laptop for a student?")
      #expect(answer.status == 200)

      let seen = try await mock.journal(key: mock.key).entries
      #expect(seen.map(\.path) == ["/v1/monitor/chatgpt"])
      #expect(seen[0].creditsCharged == 7)
    }
  }

  @Test("Plans, fixtures and clocks are given in the call")
  func configured() async throws {
    try await withMock(plan: "free", clock: .manual) { mock in
      #expect(mock.keys[0].credits == 500)
    }
    try await withMock(fixture: ["plan": "tight", "extends": "free", "concurrency": 2]) { mock in
      #expect(mock.keys[0].concurrency == 2)
    }
    var configuration = MockConfiguration(plan: "growth")
    configuration.contract = .october2026
    configuration.seed = 7
    try await withMock(configuration) { mock in
      #expect(mock.keys[0].contract == .october2026)
    }
  }

  @Test("A double can live as long as a suite")
  func byHand() async throws {
    let mock = try MockServer(MockConfiguration(plan: "hobby"))
    try mock.start()
    let key = try await mock.mint(credits: 20).key
    #expect(try await mock.ledger(key: key).balance == 20)
    await mock.stop()
  }

  @Test("What can't be used is refused with what was expected")
  func refused() async throws {
    try await withMock { mock in
      do throws(MockServer.ControlRefusal) {
        try await mock.mint(plan: "hoby", credits: -1)
      } catch {
        #expect(error.status == 400 && error.code == "INVALID_REQUEST")
        #expect(error.message.contains(#"did you mean "hobby"?"#))
        #expect(error.details?.array?.count == 2)
      }
      await #expect(throws: MockServer.ControlRefusal.self) { try await mock.mint(plan: "hoby") }
    }
  }

  @Test("Minted organizations don't see one another")
  func minted() async throws {
    try await withMock { mock in
      let first = try await mock.mint(plan: "free", credits: 7)
      let second = try await mock.mint(concurrency: 1, latency: "20ms", contract: .october2026)
      let client = Client(baseURL: mock.url, key: first.key)
      #expect(try await client.ask("Which laptop?").status == 200)
      #expect(try await client.ask("Which laptop?").status == 403)
      #expect(try await mock.ledger(key: second.key).balance == second.credits)
    }
  }
}
