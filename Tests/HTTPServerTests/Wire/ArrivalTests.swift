import Platform
import Synchronization
import Testing

@testable import HTTPServer

@Suite("Arrivals that are dealt with", .serialized, .timeLimit(.minutes(5)))
struct ArrivalTests {
  /// Keeps a server busy with exchanges, each on a new connection, until it is told to end.
  private final class Load: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let ended = Tally()
    private let threads = 3
    let exchanges = Tally()

    init(on server: TestServer, requestsAtOnce: Int = 1) throws {
      for _ in 0..<threads {
        try System.startThread { [self] in
          while !isOver.load(ordering: .relaxed), let client = try? server.client() {
            for _ in 0..<50 {
              let text = String(
                repeating: "GET /load HTTP/1.1\r\nHost: a\r\n\r\n", count: requestsAtOnce)
              guard (try? client.send(text)) != nil else { break }
              for _ in 0..<requestsAtOnce { _ = try? client.response() }
              exchanges.add()
            }
          }
          ended.add()
        }
      }
    }

    /// Waits until it has begun.
    func begin() async { _ = await eventually { self.exchanges.count > 0 } }

    func end() async {
      isOver.store(true, ordering: .relaxed)
      _ = await eventually { self.ended.count == self.threads }
    }
  }

  /// A server that passes its responders to the test, and answers the load's requests itself.
  private static func start(
    _ kind: EventLoopKind
  ) throws -> (server: TestServer, responders: Mailbox<Responder>) {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(
      kind, loops: 4,
      handler: { request, responder in
        if request.path == "/load" { return TestServer.echo(request, responder) }
        responders.put(responder)
      })
    return (server, responders)
  }

  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("sees every client that has hung up", arguments: EventLoopKind.tested)
  func hangUp(kind: EventLoopKind) async throws {
    let (server, responders) = try Self.start(kind)
    let load = try Load(on: server)
    await load.begin()
    for round in 0..<300 {
      let client = try server.client()
      try client.send(Self.get)
      let responder = try await responders.next()
      #expect(!responder.isClientGone)
      switch round % 3 {
      case 0: client.resetAndArrive()
      case 1:
        client.finishAndArrive()
        client.close()
      default: client.finishAndArrive()
      }
      await server.server.processArrivals()
      #expect(responder.isClientGone)
      responder.respond(HTTPResponse(status: 200))
    }
    await load.end()
    #expect(load.exchanges.count > 0)
    await server.server.stop(within: 0)
  }

  @Test("sees a reset that follows an end", arguments: EventLoopKind.tested)
  func resetAfterEnd(kind: EventLoopKind) async throws {
    let (server, responders) = try Self.start(kind)
    for _ in 0..<50 {
      let client = try server.client()
      try client.send(Self.get)
      let responder = try await responders.next()
      client.finishSending()
      await server.server.processArrivals()
      #expect(server.server.connectionCount == 1)
      client.resetAndArrive()
      await server.server.processArrivals()
      #expect(server.server.connectionCount == 0)
      responder.respond(HTTPResponse(status: 200))
    }
    await server.server.stop(within: 0)
  }

  @Test(
    "sees a hang-up behind bytes, read or not", arguments: EventLoopKind.tested,
    [100_000, 270_000])
  func hangUpBehindBytes(kind: EventLoopKind, count: Int) async throws {
    let (server, responders) = try Self.start(kind)
    for round in 0..<20 {
      let client = try server.client()
      try client.send(Self.get)
      let responder = try await responders.next()
      try client.send([UInt8](repeating: 0x41, count: count))
      if round % 2 == 0 { client.reset() } else { client.finishSending() }
      await server.server.processArrivals()
      #expect(responder.isClientGone)
      responder.abandon()
    }
    await server.server.stop(within: 0)
  }

  @Test("ends a stream whose client has hung up", arguments: EventLoopKind.tested)
  func stream(kind: EventLoopKind) async throws {
    let probe = try StreamProbe.start(
      Wire(kind: kind, speaksTLS: false), loops: 4, isEndless: true)
    for _ in 0..<50 {
      let (client, stream, _) = try await probe.open()
      let gone = Tally()
      stream.whenGone { gone.add() }
      client.close()
      await probe.running.server.processArrivals()
      #expect(gone.count == 1)
    }
    #expect(probe.running.server.connectionCount == 0)
    #expect(await probe.stop())
  }

  @Test("hands every request that was sent to the handler", arguments: EventLoopKind.tested)
  func requests(kind: EventLoopKind) async throws {
    let (server, responders) = try Self.start(kind)
    let load = try Load(on: server)
    await load.begin()
    let body = String(repeating: "a", count: 150_000)
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n\(body)"
    var count = 0
    for round in 0..<100 {
      // More clients than loops, so that each loop has a new one.
      let clients = try (0..<5).map { _ in
        let client = try server.client()
        try client.send(round % 10 == 0 ? post : Self.get)
        return client
      }
      count += clients.count
      await server.server.processArrivals()
      #expect(responders.values.count == count)
      for client in clients { client.reset() }
    }
    await load.end()
    #expect(load.exchanges.count > 0)
    await server.server.stop(within: 0)
  }

  @Test(
    "takes in more new connections than are accepted at a time", arguments: EventLoopKind.tested)
  func manyConnections(kind: EventLoopKind) async throws {
    let (server, responders) = try Self.start(kind)
    let clients = try (0..<300).map { _ in
      let client = try server.client()
      try client.send(Self.get)
      return client
    }
    await server.server.processArrivals()
    #expect(responders.values.count == 300)
    for client in clients { client.close() }
    await server.server.processArrivals()
    #expect(responders.values.count { $0.isClientGone } == 300)
    await server.server.stop(within: 0)
  }

  @Test("accepts what waited for room as soon as there is some", arguments: EventLoopKind.tested)
  func room(kind: EventLoopKind) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(
      kind, configure: { $0.limits.connections = 1 }, handler: { responders.put($1) })
    let first = try server.client()
    try first.send(Self.get)
    _ = try await responders.next()
    let second = try server.client()
    try second.send(Self.get)
    await server.server.processArrivals()
    #expect(responders.values.count == 1)
    first.reset()
    await server.server.processArrivals()
    await server.server.processArrivals()
    #expect(responders.values.count == 2)
    await server.server.stop(within: 0)
  }

  @Test(
    "comes to an end under a flood of requests",
    arguments: EventLoopKind.tested)
  func flood(kind: EventLoopKind) async throws {
    let (server, _) = try Self.start(kind)
    let load = try Load(on: server, requestsAtOnce: 20)
    await load.begin()
    for _ in 0..<100 { await server.server.processArrivals() }
    await load.end()
    #expect(load.exchanges.count > 0)
    await server.server.stop(within: 0)
  }

  @Test("can be awaited for a handler, by many at a time", arguments: EventLoopKind.tested)
  func fromHandlers(kind: EventLoopKind) async throws {
    let servers = Mailbox<HTTPServer>()
    let server = try TestServer.start(
      kind, loops: 1,
      handler: { request, responder in
        Task {
          await servers.values[0].processArrivals()
          responder.respond(HTTPResponse(status: 200))
        }
      })
    servers.put(server.server)
    let clients = try (0..<20).map { _ in try server.client() }
    for client in clients { try client.send(Self.get) }
    for client in clients { #expect(try await client.answer().status == 200) }
    await server.server.stop(within: 0)
  }

  @Test(
    "returns at once without a running server, and while one stops",
    arguments: EventLoopKind.tested)
  func notRunning(kind: EventLoopKind) async throws {
    var configuration = HTTPServer.Configuration()
    configuration.eventLoop = kind
    let idle = HTTPServer(configuration: configuration, handler: TestServer.echo)
    await idle.processArrivals()
    for _ in 0..<20 {
      let server = try TestServer.start(kind, loops: 4)
      await withTaskGroup { group in
        for _ in 0..<4 {
          group.addTask { for _ in 0..<10 { await server.server.processArrivals() } }
        }
        group.addTask { await server.server.stop() }
      }
      await server.server.processArrivals()
      #expect(server.server.connectionCount == 0)
    }
  }
}
