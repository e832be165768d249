import Foundation
import Testing

@testable import CloroMock

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite("A scoped double", .timeLimit(.minutes(5)))
struct WithMockTests {
  private struct Stop: Error, Equatable {}

  /// Whether nothing listens on the port any more, so that another double can bind it.
  private func isFree(_ port: Int) async throws -> Bool {
    let other = try MockServer(.make(port: port))
    let started = (try? other.start()) != nil
    await other.stop(within: 0)
    return started
  }

  @Test("It is stopped when the body returns, and hands over what that returns")
  func success() async throws {
    let port = try await withMock(.make(port: ownPort())) { mock in
      #expect(mock.url == "http://127.0.0.1:\(mock.boundPort)")
      let answer = try await mock.send("GET", "/v1/credits", key: mock.key)
      #expect(answer.status == 200)
      return mock.boundPort
    }
    #expect(try await isFree(port))
  }

  @Test("It is stopped when the body throws, and throws the same")
  func failure() async throws {
    let port = try ownPort()
    await #expect(throws: Stop()) {
      try await withMock(.make(port: port)) { mock in
        #expect(mock.boundPort == port)
        throw Stop()
      }
    }
    #expect(try await isFree(port))
  }

  @Test("It is stopped when the task is cancelled, even if the body waits on a clock that stands")
  func cancelled() async throws {
    let (ports, announce) = AsyncStream<MockServer>.makeStream()
    let port = try ownPort()
    let running = Task {
      try await withMock(.make(port: port)) { mock in
        let key = try await mock.mint(latency: "1h").key
        announce.yield(mock)
        let body = MockServerTests.question
        // This request must not end because the task is cancelled.
        return try await Task {
          try await mock.send("POST", "/v1/monitor/chatgpt", key: key, body: body).status
        }.value
      }
    }
    var iterator = ports.makeAsyncIterator()
    let mock = try #require(await iterator.next())
    try await eventually { mock.clock.pending > mock.keys.count }
    running.cancel()
    await #expect(throws: URLError.self) { try await running.value }
    #expect(try await isFree(port))
  }

  @Test("It doesn't start for a task that is cancelled already")
  func cancelledBefore() async {
    let running = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await withMock { _ in Issue.record("started") }
    }
    await #expect(throws: CancellationError.self) { try await running.value }
  }

  @Test("A cancelled task waits for no entry of the journal any more")
  func cancelledWait() async throws {
    try await withMock { mock in
      let waiting = Task { () async throws(MockServer.ControlRefusal) in
        try await mock.awaitJournal(timeout: .seconds(600))
      }
      waiting.cancel()
      let result = await waiting.result
      #expect { try result.get() } throws: {
        ($0 as? MockServer.ControlRefusal)?.status == 408
      }
    }
  }

  @Test("A failed start throws and leaves nothing behind")
  func refused() async throws {
    await #expect(throws: MockStartError.self) {
      try await withMock(plan: "gone") { _ in Issue.record("started") }
    }
    await #expect(throws: PlanCatalogue.Invalid.self) {
      try await withMock(fixture: ["plan": "p", "credit": 1]) { _ in Issue.record("started") }
    }
    try await withMock { mock in
      var configuration = MockConfiguration()
      configuration.port = mock.boundPort
      await #expect {
        try await withMock(configuration) { _ in Issue.record("started") }
      } throws: { error in
        "\(error)".contains("cannot listen on 127.0.0.1 port \(mock.boundPort)")
      }
    }
  }

  @Test("A body of the main actor may use what belongs to it")
  @MainActor func isolated() async throws {
    var count = 0
    try await withMock { mock in
      MainActor.assertIsolated()
      count += mock.keys.count
    }
    #expect(count == 1)
  }
}
