import CloroMock
import Testing

@Suite("The examples of Stubs", .timeLimit(.minutes(1)))
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
}
