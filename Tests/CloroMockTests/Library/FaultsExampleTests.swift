import CloroMock
import Testing

@Suite("The examples of Faults", .promptly, .timeLimit(.minutes(5)))
struct FaultsExampleTests {
  @Test("The first two fail, then it works")
  func twice() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addFault(.status(503, retryAfter: 7), provider: .grok, times: 2)
      var statuses: [Int] = []
      for _ in 0..<3 { statuses.append(try await client.ask("Which laptop?", .grok).status) }
      #expect(statuses == [503, 503, 200])
      #expect(try await mock.ledger().entries.map(\.kind) == [.grant, .charge])
    }
  }

  @Test("A fault in the control API's JSON")
  func json() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      let fault = try await mock.addFault([
        "match": ["prompt": ["contains": "laptop"], "nth": 2],
        "fault": ["kind": "status", "status": 502],
      ])
      #expect(try await client.ask("Which laptop?").status == 200)
      #expect(try await client.ask("Which laptop?").status == 502)
      #expect(try await mock.faults().map(\.seen) == [2])
      try await mock.removeFault(fault.id)
    }
  }

  @Test("A poller's first two polls fail")
  func polls() async throws {
    try await withMock { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addFault(
        .status(500), path: "/v1/async/task/{taskId}", method: "GET", times: 2)
      let task = try await client.submit("Which laptop?").body["task"]?["id"]?.string ?? ""
      var statuses: [Int] = []
      for _ in 0..<3 { statuses.append(try await client.get("/v1/async/task/\(task)").status) }
      #expect(statuses == [500, 500, 200])
    }
  }

  @Test("A proxy's error")
  func undocumented() async throws {
    try await withMock { mock in
      try await mock.addFault(
        .status(502, contentType: "text/html", body: "<h1>502</h1>"), times: 1)
      #expect(try await mock.faults().map(\.timesLeft) == [1])
    }
  }

  @Test("Grok fails late")
  func late() async throws {
    try await withMock(plan: "hobby", clock: .scaled(1000)) { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      try await mock.addFault(.latency("270s"), provider: .grok)
      try await mock.addFault(.status(500, message: "Maximum retries exceeded"), provider: .grok)
      #expect(try await client.ask("Which laptop?", .grok).status == 500)  // after 270 ms
      #expect(try await mock.journal().entries[0].latencyMs >= 270_000)
    }
  }

  @Test("A task fails")
  func task() async throws {
    try await withMock { mock in
      let key = try await mock.mint(progression: .immediate).key
      let client = Client(baseURL: mock.url, key: key)
      try await mock.addFault(.taskFailure(message: "The engine is away"), key: key)
      _ = try await client.submit("Which laptop?")
      try await mock.advance(seconds: 0)
      let task = try await mock.tasks(key: key)[0]
      #expect(task.status == .failed && task.creditsCharged == 0)
    }
  }
}
