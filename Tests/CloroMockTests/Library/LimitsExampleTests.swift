import CloroMock
import Testing

@Suite("The examples of Limits and slots", .promptly, .timeLimit(.minutes(5)))
struct LimitsExampleTests {
  @Test("The bucket of a second empties and fills")
  func rate() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      let client = Client(baseURL: mock.url, key: try await mock.mint(requestsPerSecond: 2).key)
      #expect(try await client.get("/v1/credits").headers["x-ratelimit-remaining"] == "1")
      #expect(try await client.get("/v1/credits").headers["x-ratelimit-remaining"] == "0")
      #expect(try await client.get("/v1/credits").status == 429)
      // Another endpoint has its own bucket.
      #expect(try await client.get("/v1/countries").status == 200)
      try await mock.advance(seconds: 1)
      #expect(try await client.get("/v1/credits").status == 200)
    }
  }

  @Test("A held task keeps its slot")
  func slots() async throws {
    try await withMock { mock in
      let key = try await mock.mint(concurrency: 1, progression: .hold).key
      let client = Client(baseURL: mock.url, key: key)
      let task = try await client.submit("Which laptop?").body["task"]?["id"]?.string ?? ""

      let refused = try await client.ask("And which bag?")
      #expect(refused.status == 429)
      #expect(refused.body["error"]?["code"] == "CONCURRENT_LIMIT_EXCEEDED")
      #expect(refused.headers["x-concurrent-current"] == "2")
      let seen = try await mock.journal(key: key, status: 429).entries
      #expect(seen[0].reason == "concurrency: slots 1 of 1 held by task \(task)")

      // A plan upgrade applies from the next request on.
      try await mock.change(key: key, plan: "starter", concurrency: 2)
      #expect(try await client.ask("And which bag?").status == 200)
    }
  }
}
