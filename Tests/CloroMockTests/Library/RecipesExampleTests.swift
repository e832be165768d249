import CloroMock
import Testing

@Suite("The examples of Recipes", .promptly, .timeLimit(.minutes(5)))
struct RecipesExampleTests {
  @Test("Waiting for a client that works in the background")
  func background() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      let key = mock.key
      async let answer = client.ask("Which laptop?")
      let seen = try await mock.awaitJournal(key: key, path: "/v1/monitor/chatgpt", status: 200)
      #expect(seen[0].request.json?["prompt"] == "Which laptop?")
      #expect(seen[0].response.headers["X-Credits-Charged"] == "7")
      _ = try await answer
    }
  }

  @Test("Finding requests by their trace")
  func traces() async throws {
    try await withMock { mock in
      let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
      let client = Client(
        baseURL: mock.url, key: mock.key,
        headers: ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"])
      _ = try await client.ask("Which laptop?")
      _ = try await Client(baseURL: mock.url, key: mock.key).ask("Which phone?")
      let seen = try await mock.journal(traceparent: trace).entries
      #expect(seen.map(\.traceparent) == ["00-\(trace)-00f067aa0ba902b7-01"])
      try await mock.verify(.init(traceparent: trace), times: .exactly(1))
    }
  }

  @Test("A revoked key")
  func revoked() async throws {
    try await withMock { mock in
      let key = try await mock.mint().key
      try await mock.change(key: key, revoked: true)
      let answer = try await Client(baseURL: mock.url, key: key).ask("Which laptop?")
      #expect(answer.status == 401)
      #expect(answer.body["error"]?["code"] == "INVALID_OR_EXPIRED_API_KEY")
    }
  }

  @Test("The same seed gives the same answer")
  func seeds() async throws {
    let key = "sk_test_0000000000000000000000000000feed"
    var texts: Set<JSON?> = []
    for _ in 0..<2 {
      try await withMock { mock in
        try await mock.mint(seed: 7, key: key)
        let answer = try await Client(baseURL: mock.url, key: key).ask("Which laptop?")
        texts.insert(answer.body["result"]?["text"])
      }
    }
    #expect(texts.count == 1)
  }

  @Test("Back to the beginning")
  func reset() async throws {
    try await withMock { mock in
      let key = try await mock.mint(credits: 100).key
      _ = try await Client(baseURL: mock.url, key: key).ask("Which laptop?")
      try await mock.reset(key: key)
      #expect(try await mock.ledger(key: key).balance == 100)
      #expect(try await mock.journal(key: key).entries.isEmpty)
    }
  }
}
