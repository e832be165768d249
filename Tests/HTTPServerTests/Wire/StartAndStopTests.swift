import Testing

@testable import HTTPServer

@Suite("A server's start and stop")
struct StartAndStopTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("an address that can't be bound makes the start throw", arguments: EventLoopKind.tested)
  func bindFailure(kind: EventLoopKind) async throws {
    let first = try TestServer.start(kind)
    for (host, port) in [
      ("127.0.0.1", first.port), ("192.0.2.1", 0), ("127.0.0.1", 70_000), ("127.0.0.1", -1),
    ] {
      #expect(throws: HTTPServer.StartError.self) {
        try TestServer.start(
          kind,
          configure: {
            $0.host = host
            $0.port = port
          })
      }
    }
    await first.server.stop()
  }

  @Test("a server starts once", arguments: EventLoopKind.tested)
  func startsOnce(kind: EventLoopKind) async throws {
    let server = try TestServer.start(kind)
    #expect(throws: HTTPServer.StartError.self) { try server.server.start() }
    await server.server.stop()
    await server.server.stop()
    #expect(throws: HTTPServer.StartError.self) { try server.server.start() }
  }

  @Test("its port is free again after the stop", arguments: EventLoopKind.tested)
  func portIsFree(kind: EventLoopKind) async throws {
    // Sometimes another test's client gets the port first.
    for attempt in 1...5 {
      let server = try TestServer.start(kind)
      await server.server.stop()
      do {
        let second = try TestServer.start(kind, configure: { $0.port = server.port })
        #expect(second.port == server.port)
        return await second.server.stop()
      } catch {
        #expect(attempt < 5)
      }
    }
  }

  @Test(
    "a stop lets a running request finish, and ends the idle connections",
    arguments: EventLoopKind.tested)
  func graceful(kind: EventLoopKind) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(kind, handler: { _, responder in responders.put(responder) })
    let (busy, idle) = (try server.client(), try server.client())
    try busy.send(Self.get)
    let responder = try await responders.next()
    #expect(await eventually { server.server.connectionCount == 2 })
    async let stopped: Void = server.server.stop(within: 60)
    // The end of the idle connection shows that the stop has begun.
    #expect(try await idle.end().end == .finished)
    #expect(await eventually { (try? server.client()) == nil })
    responder.respond(HTTPResponse(status: 200))
    let response = try await busy.answer()
    #expect(response.fields["connection"] == "close")
    #expect(try await busy.end().end == .finished)
    busy.close()
    await stopped
    #expect(server.server.connectionCount == 0)
  }

  @Test("a stop with a stuck request ends after its time", arguments: EventLoopKind.tested)
  func stuck(kind: EventLoopKind) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(kind, handler: { _, responder in responders.put(responder) })
    let client = try server.client()
    try client.send(Self.get)
    let responder = try await responders.next()
    await server.server.stop(within: 0.1)
    #expect(responder.isClientGone)
    #expect(try await client.end().bytes.isEmpty)
    // This is too late, but its completion is still called.
    let deliveries = Mailbox<Responder.Delivery>()
    responder.respond(HTTPResponse(status: 200)) { deliveries.put($0) }
    #expect(try await deliveries.next() == .failed)
    responder.abandon { deliveries.put($0) }
    #expect(try await deliveries.next() == .failed)
  }

  @Test("a second stop cuts the first one short", arguments: EventLoopKind.tested)
  func secondStop(kind: EventLoopKind) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(kind, handler: { _, responder in responders.put(responder) })
    let client = try server.client()
    try client.send(Self.get)
    _ = try await responders.next()
    async let first: Void = server.server.stop(within: 3600)
    async let second: Void = server.server.stop(within: 0)
    async let third: Void = server.server.stop(within: 3600)
    _ = await (first, second, third)
    #expect(server.server.connectionCount == 0)
  }

  @Test(
    "a stop ends connections in every phase, a silent linger within its time",
    arguments: EventLoopKind.tested)
  func everyPhase(kind: EventLoopKind) async throws {
    let server = try TestServer.start(
      kind,
      handler: { request, responder in
        guard request.path != "/wait" else { return }
        responder.respond(
          HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 9_000_000)))
      })
    let texts = [
      "", "GET", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", Self.get, "\n",
      "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", Self.get + Self.get,
    ]
    let clients = try texts.map { text in
      let client = try server.client(receiveBuffer: 4096)
      try client.send(text)
      return client
    }
    // The refused connection may be closed by now.
    #expect(await eventually { server.server.connectionCount >= texts.count - 1 })
    await server.server.stop(within: 0.1)
    #expect(server.server.connectionCount == 0)
    for client in clients { _ = try await client.end() }
  }

  @Test("a server that is dropped ends", arguments: EventLoopKind.tested)
  func dropped(kind: EventLoopKind) async throws {
    let responders = Mailbox<Responder>()
    var server: TestServer? = try TestServer.start(kind, handler: { responders.put($1) })
    let port = server!.port
    let client = try server!.client()
    try client.send(Self.get)
    let responder = try await responders.next()
    server = nil
    #expect(try await client.end().bytes.isEmpty)
    let deliveries = Mailbox<Responder.Delivery>()
    responder.respond(HTTPResponse(status: 200)) { deliveries.put($0) }
    #expect(try await deliveries.next() == .failed)
    #expect(await eventually { RawClient.openSockets(port: port) == 0 })
  }
}
