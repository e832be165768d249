import Testing

@testable import CloroMock

@Suite("The library's calls for stubs", .timeLimit(.minutes(5)))
struct LibraryResponseTests {
  @Test("Stubs are set in both forms, listed, answered that often, and removed")
  func stubs() async throws {
    try await withMock(.make()) { mock in
      let json = try await mock.addResponse([
        "match": ["provider": "chatgpt", "prompt": ["equals": "best CRM"]],
        "error": ["status": 503],
      ])
      let typed = try await mock.addResponse(
        .result(["text": "alone"], mode: .replace), provider: .chatgpt, prompt: .regex("^best"),
        country: "US", key: mock.key, latency: "0ms", times: 1)
      #expect(try await Set(mock.responses().map(\.id)) == [typed.id, json.id])
      #expect(try await mock.responses(key: mock.key).map(\.id) == [typed.id])
      let first = try await mock.send(
        "POST", "/v1/monitor/chatgpt", body: MockServerTests.question)
      #expect(first.body["result"] == ["text": "alone"])
      let second = try await mock.send(
        "POST", "/v1/monitor/chatgpt", body: MockServerTests.question)
      #expect(second.status == 503)
      try await mock.removeResponse(json.id)
      try await mock.removeResponses()
      #expect(try await mock.responses().isEmpty)
    }
  }

  @Test("A stub that can't be used, or isn't there, is refused")
  func refused() async throws {
    try await withMock(.make()) { mock in
      await #expect { try await mock.addResponse(["match": ["provder": "grok"]]) } throws: {
        ($0 as? MockServer.ControlRefusal)?.status == 400
      }
      await #expect { try await mock.removeResponse("x") } throws: {
        ($0 as? MockServer.ControlRefusal)?.status == 404
      }
    }
  }
}
