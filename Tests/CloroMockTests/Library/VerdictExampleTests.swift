import CloroMock
import Testing

@Suite("The examples of The run's verdict", .promptly, .timeLimit(.minutes(5)))
struct VerdictExampleTests {
  @Test("Requests are verified by number and order")
  func verify() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      for text in ["Which laptop?", "Which phone?"] {
        let question: JSON = ["prompt": .string(text), "country": "US"]
        _ = try await client.post("/v1/monitor/chatgpt", question)
      }
      try await mock.verify(.init(provider: .chatgpt), times: .exactly(2))
      try await mock.verify(.init(path: "/v1/async/task"), times: .never)
      try await mock.verify(sequence: [.init(prompt: .contains("laptop")), .init(status: 200)])
    }
  }

  @Test("The report has credits, labels and the budget")
  func report() async throws {
    try await withMock { mock in
      let key = try await mock.mint(label: "nightly", budget: 10)
      let client = Client(baseURL: mock.url, key: key.key)
      for text in ["Which laptop?", "Which phone?"] {
        let question: JSON = ["prompt": .string(text), "country": "US"]
        _ = try await client.post("/v1/monitor/chatgpt", question)
      }
      let report = try await mock.report(key: key.key)
      #expect(report.credits == 14 && report.byLabel[0].label == "nightly")
      #expect(report.budget.exceeded && report.findings.isEmpty)
    }
  }

  @Test("What isn't verified is refused, and what is left over is listed")
  func refusals() async throws {
    try await withMock { mock in
      let refusal = await #expect(throws: MockServer.ControlRefusal.self) {
        try await mock.verify(.init(key: mock.key))
      }
      #expect(refusal?.status == 409 && refusal?.code == "NOT_VERIFIED")
      try await mock.addFault(.hold, key: mock.key)
      #expect(try await mock.unused(key: mock.key).count == 1)
      #expect(try await mock.requests().isEmpty)
      #expect(try await mock.releaseRequests() == 0)
      let late = await #expect(throws: MockServer.ControlRefusal.self) {
        try await mock.awaitTasks(timeout: .zero)
      }
      #expect(late?.status == 408)
      let none = await #expect(throws: MockServer.ControlRefusal.self) {
        try await mock.awaitWebhooks(timeout: .zero)
      }
      #expect(none?.status == 408)
    }
  }

  @Test("A strict double answers what a stub answers")
  func strict() async throws {
    var configuration = MockConfiguration()
    configuration.strict = true
    try await withMock(configuration) { mock in
      try await mock.addResponse(
        .result(["text": "Acme"]), prompt: .contains("laptop"))
      let client = Client(baseURL: mock.url, key: mock.key)
      for (text, status) in [("Which laptop?", 200), ("Which phone?", 503)] {
        let answer = try await client.post(
          "/v1/monitor/chatgpt", ["prompt": .string(text), "country": "US"])
        #expect(answer.status == status)
      }
    }
  }
}
