import CloroMock
import Testing

@Suite("The examples of Stubs", .promptly, .timeLimit(.minutes(5)))
struct StubsExampleTests {
  @Test("A stub's members are put over the provider's, or stand alone")
  func result() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addResponse(
        .result(["text": "The blue one."]), provider: .chatgpt, prompt: .contains("laptop"))
      let answer = try await client.ask("Which laptop?")
      #expect(answer.body["result"]?["text"] == "The blue one.")
      #expect(answer.body["result"]?["sources"] != nil)
      #expect(try await client.ask("Which bag?").body["result"]?["text"] != "The blue one.")
    }
  }

  @Test("Google answers without an overview")
  func withoutOverview() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addResponse(.result(["aioverview": nil]), provider: .google)
      let answer = try await client.ask("Which laptop?", .google, include: ["aioverview": [:]])
      #expect(answer.status == 200 && answer.body["result"]?["aioverview"] == nil)
    }
  }

  @Test("Pills that point at nothing are warned about")
  func warnings() async throws {
    try await withMock { mock in
      let url: JSON = "https://example.com/laptops"
      let dangling = try await mock.addResponse(
        .result(["sources": [["position": 1, "url": url]]]), provider: .chatgpt)
      #expect(dangling.json["warnings"]?.array?.count == 1)
      let whole = try await mock.addResponse(
        .result([
          "sources": [["position": 1, "url": url]],
          "citationPills": [
            [
              "url": url, "label": "Laptops", "domain": "example.com", "citationPillId": 0,
              "type": "searchResult", "position": 1,
            ]
          ],
        ]), provider: .chatgpt)
      #expect(whole.json["warnings"] == nil)
    }
  }

  @Test("A stub answers an error that often")
  func error() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      let stub = try await mock.addResponse([
        "match": ["provider": "grok", "country": "US"],
        "error": ["status": 502, "code": "EXTERNAL_SERVICE_ERROR", "message": "Grok is away"],
        "times": 1,
      ])
      let answer = try await client.ask("Which laptop?", .grok)
      #expect(answer.status == 502 && answer.body["error"]?["message"] == "Grok is away")
      #expect(try await client.ask("Which laptop?", .grok).status == 200)
      try await mock.removeResponse(stub.id)
      #expect(try await mock.responses().isEmpty)
    }
  }

  @Test("Grok takes long to fail, twice")
  func slowError() async throws {
    try await withMock(plan: "hobby", clock: .scaled(1000)) { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addResponse(.error(status: 500), provider: .grok, latency: "80s", times: 2)
      var statuses: [Int] = []
      for _ in 0..<3 { statuses.append(try await client.ask("Which laptop?", .grok).status) }
      #expect(statuses == [500, 500, 200])
    }
  }

  @Test("A brand is named at its rank")
  func brands() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addResponse(
        .mentions([Mention("Acme", rank: 2, url: "https://acme.com/why")], absent: ["Globex"]))
      let answer = try await client.ask("Which laptop? Globex?", .perplexity)
      #expect(answer.body["result"]?["text"]?.string?.contains("Acme") == true)
      #expect(answer.body["result"]?["text"]?.string?.contains("Globex") == false)
      let second = answer.body["result"]?["sources"]?.array?[1]
      #expect(second?["url"] == "https://acme.com/why")
    }
  }

  @Test("A trend is three steps of the clock")
  func trend() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      let days: [StubbedResponse] = [
        .mentions([Mention("Acme", rank: 1)]), .mentions([Mention("Acme", rank: 3)]),
        .mentions([], absent: ["Acme"]),
      ]
      try await mock.addResponse(.sequence(days, every: "1d"))
      var ranks: [Int?] = []
      for _ in 1...3 {
        let answer = try await client.ask("Which laptop?")
        let sources = answer.body["result"]?["sources"]?.array ?? []
        ranks.append(sources.firstIndex { $0["label"]?.string?.contains("Acme") == true })
        try await mock.advance(seconds: 86_400)
      }
      #expect(ranks == [0, 2, nil])
    }
  }

  @Test("A stub looks at members of the question")
  func members() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addResponse(
        .result(["text": "A long page."]), provider: .chatgpt, include: .all(["shopping"]),
        body: BodyMatch(["/country": .equals("US"), "/prompt": .text(.contains("laptop"))]))
      let shopping = try await client.ask("Which laptop?", include: ["shopping": true])
      #expect(shopping.body["result"]?["text"] == "A long page.")
      #expect(try await client.ask("Which laptop?").body["result"]?["text"] != "A long page.")
    }
  }
}
