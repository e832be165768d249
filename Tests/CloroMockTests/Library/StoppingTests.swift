import Dispatch
import HTTPServer
import Synchronization
import Testing

@testable import CloroMock

@Suite("Stopping ends what waits", .timeLimit(.minutes(5)))
struct StoppingTests {
  /// A receiver that accepts the request and never answers.
  private func silentReceiver() throws -> (HTTPServer, port: Int, came: AsyncStream<Void>) {
    let (came, arrival) = AsyncStream<Void>.makeStream()
    let held = Mutex<[Responder]>([])
    let server = HTTPServer(configuration: HTTPServer.Configuration()) { _, responder in
      held.withLock { $0.append(responder) }
      arrival.yield()
    }
    return (server, try server.start(), came)
  }

  @Test("An advance that waits for a webhook under way returns")
  func advance() async throws {
    let (receiver, port, came) = try silentReceiver()
    let mock = try MockServer(.make())
    try mock.start()
    // On a busy machine the attempt's usual ten seconds might pass before the stop.
    let key = try await mock.mint(latency: "1s", webhookTimeoutSeconds: 600).key
    let submitted = try await mock.send(
      "POST", "/v1/async/task", key: key,
      body: """
        {"taskType":"GROK","payload":{"prompt":"p","country":"US"},
        "webhook":{"url":"http://127.0.0.1:\(port)/hook"}}
        """)
    #expect(submitted.status == 200)
    // The advance itself sends the webhook, and waits for it.
    async let fired = mock.advance(seconds: 1)
    var arrivals = came.makeAsyncIterator()
    await arrivals.next()
    await mock.stop(within: 0)
    #expect(try await fired.map(\.kind) == [.completion])
    #expect(try await mock.webhooks(key: key).map(\.error) == ["stopped"])
    await receiver.stop(within: 0)
  }

  @Test("Waits for entries of the journal end in vain")
  func journal() async throws {
    let mock = try MockServer(.make())
    try mock.start()
    let (ended, end) = AsyncStream<Int>.makeStream()
    Task {
      do throws(MockServer.ControlRefusal) {
        try await mock.awaitJournal(timeout: .seconds(600))
      } catch {
        end.yield(error.status)
      }
    }
    try await eventually { mock.journal.waiting > 0 }
    await mock.stop(within: 0)
    var iterator = ended.makeAsyncIterator()
    #expect(await iterator.next() == 408)
  }

  @Test("It may be stopped twice, and is refused by its ledger afterwards")
  func twice() async throws {
    let mock = try MockServer(.make())
    try mock.start()
    async let first: Void = mock.stop(within: 0)
    async let second: Void = mock.stop(within: 5)
    _ = await (first, second)
    await #expect {
      try await mock.mint()
    } throws: {
      ($0 as? MockServer.ControlRefusal)?.status == 500
    }
  }
}
