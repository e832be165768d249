import CloroMock
import Simulation
import Testing

@Suite("The examples of Time", .promptly, .timeLimit(.minutes(5)))
struct TimeExampleTests {
  @Test("An hour passes in no time")
  func advance() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      let key = try await mock.mint(latency: "5m").key
      let client = Client(baseURL: mock.url, key: key)
      let task = try await client.submit("Which laptop?").body["task"]?["id"]?.string ?? ""

      #expect(try await mock.advance(seconds: 299).isEmpty)
      #expect(try await mock.tasks(key: key).map(\.status) == [.processing])
      let fired = try await mock.advance(seconds: 1)
      #expect(fired.map(\.kind) == [.completion] && fired[0].id == task)
      #expect(try await mock.tasks(key: key).map(\.status) == [.completed])
    }
  }

  @Test("Time can run fast, and be set")
  func modes() async throws {
    try await withMock(plan: "hobby", clock: .scaled(1000)) { mock in
      let key = try await mock.mint(latency: "2s").key
      let answer = try await Client(baseURL: mock.url, key: key).ask("Which laptop?")
      #expect(answer.status == 200)  // after 2 ms
      #expect(try await mock.journal(key: key).entries[0].latencyMs >= 2000)
    }
    try await withMock { mock in
      let launch = Timestamp(text: "2030-01-31T12:00:00Z")
      try await mock.setClock(mode: .manual, now: launch)
      #expect(mock.clock.now.text == "2030-01-31T12:00:00.000Z")
      #expect(mock.clock.mode == .manual && mock.clock.factor == 0)
    }
  }
}
