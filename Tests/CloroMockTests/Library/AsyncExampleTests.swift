import CloroMock
import Testing

@Suite("The examples of Async and webhooks", .promptly, .timeLimit(.minutes(5)))
struct AsyncExampleTests {
  @Test("A task's second attempt succeeds")
  func attempts() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      let client = Client(baseURL: mock.url, key: mock.key)
      // The first attempt takes too long.
      try await mock.addResponse(.result([:]), latency: "10m", times: 1)
      _ = try await client.submit("Which laptop?")
      try await mock.advance(seconds: 300)
      #expect(try await mock.tasks().map(\.status) == [.queued])
      try await mock.advance(seconds: 30)
      #expect(try await mock.tasks().map(\.status) == [.completed])
    }
  }

  @Test("A task is driven by hand")
  func byHand() async throws {
    try await withMock { mock in
      let key = try await mock.mint(progression: .hold).key
      let client = Client(baseURL: mock.url, key: key)
      let submitted = try await client.submit("Which laptop?")
      #expect(submitted.body["task"]?["status"] == "QUEUED")

      let task = try await mock.tasks(key: key)[0]
      #expect(task.status == .processing && task.isHeld)
      try await mock.complete(task: task.id, result: ["text": "The blue one."])
      let read = try await client.get("/v1/async/task/\(task.id)").body
      #expect(read["response"]?["text"] == "The blue one.")
      #expect(read["credits"]?["creditsCharged"] == 4)
    }
  }

  @Test("Webhooks are collected without being sent")
  func collected() async throws {
    try await withMock { mock in
      let key = try await mock.mint(
        progression: .immediate, webhookSecret: "whsec_test", webhookMode: .collect
      ).key
      let client = Client(baseURL: mock.url, key: key)
      _ = try await client.submit("Which laptop?", webhook: "https://example.com/hook")
      try await mock.advance(seconds: 0)  // returns when the webhook is collected

      let webhook = try await mock.webhooks(key: key)[0]
      #expect(webhook.headers["X-Cloro-Signature"]?.hasPrefix("v1=") == true)
      #expect(try JSON(parsing: webhook.body.utf8)["task"]?["id"]?.string == webhook.taskID)
    }
  }

  @Test("A receiver that is away is tried five times")
  func retries() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      let key = try await mock.mint(progression: .immediate).key
      let client = Client(baseURL: mock.url, key: key)
      // Nothing listens on this port.
      _ = try await client.submit("Which laptop?", webhook: "http://127.0.0.1:1/hook")
      let fired = try await mock.advance(seconds: 120 + 240 + 480 + 960)
      #expect(fired.map(\.kind) == [.delivery, .delivery, .delivery, .delivery])
      #expect(try await mock.webhooks(key: key).map(\.attempt) == [1, 2, 3, 4, 5])
    }
  }
}
