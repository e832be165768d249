import Testing

@testable import HTTPServer

@Suite("Descriptors")
struct DescriptorTests {
  @Test(
    "1,000 connections that hang up at any point leave none behind",
    arguments: EventLoopKind.tested)
  func hangUps(kind: EventLoopKind) async throws {
    let handler: HTTPServer.Handler = { request, responder in
      guard request.path != "/later" else {
        Task { responder.respond(HTTPResponse(status: 200)) }
        return
      }
      responder.respond(HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 100_000)))
    }
    let server = try TestServer.start(kind, handler: handler)
    let text =
      "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /later HTTP/1.1\r\nHost: a\r\n\r\n"
      + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\n"
    let port = server.port
    try await onThread {
      Result {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
          let client = try RawClient(port: port)
          try client.send(String(text.prefix(Int.random(in: 0...text.count, using: &random))))
          if Bool.random(using: &random) { client.finishSending() }
          if Bool.random(using: &random) { client.reset() } else { client.close() }
        }
      }
    }.get()
    // The backlog is accepted in order: once this client is answered, all earlier ones have been.
    let last = try server.client()
    try last.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(try await last.answer().status == 200)
    last.close()
    #expect(await eventually { server.server.connectionCount == 0 })
    // Only the listener is left.
    #expect(await eventually { RawClient.openSockets(port: port) == 1 })
    await server.server.stop(within: 0)
    #expect(await eventually { RawClient.openSockets(port: port) == 0 })
  }

  @Test("connections over the limit wait until there is room", arguments: EventLoopKind.tested)
  func connectionLimit(kind: EventLoopKind) async throws {
    try await TestServer.with(
      kind, configure: { $0.limits.connections = 2 },
      run: { server in
        let clients = try (0..<4).map { _ in
          let client = try server.client()
          try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          return client
        }
        for client in clients {
          #expect(try client.response().status == 200)
          #expect(server.server.connectionCount <= 2)
          client.close()
        }
      })
  }

  @Test(
    "a hundred servers started and stopped leave none behind", arguments: EventLoopKind.tested)
  func manyServers(kind: EventLoopKind) async throws {
    let before = RawClient.openDescriptors()
    for _ in 0..<100 {
      let server = try TestServer.start(kind, loops: 4)
      await server.server.stop()
    }
    // Other tests run at the same time; a leak would be several hundred descriptors.
    #expect(await eventually { RawClient.openDescriptors() < before + 200 })
  }

  @Test("a shortage of descriptors pauses accepting, and it recovers (epoll)")
  func shortageWithEpoll() async {
    await #expect(processExitsWith: .success) { try await DescriptorShortage.run(.platformDefault) }
  }

  @Test("a shortage of descriptors pauses accepting, and it recovers (dispatch)")
  func shortageWithDispatch() async {
    await #expect(processExitsWith: .success) { try await DescriptorShortage.run(.dispatch) }
  }

  @Test("a start without descriptors throws and leaves none behind (epoll)")
  func startWithEpoll() async {
    await #expect(processExitsWith: .success) { try DescriptorShortage.start(.platformDefault) }
  }

  @Test("a start without descriptors throws and leaves none behind (dispatch)")
  func startWithDispatch() async {
    await #expect(processExitsWith: .success) { try DescriptorShortage.start(.dispatch) }
  }
}
