import Platform
import Testing

@testable import HTTPServer

@Suite("A responder")
struct ResponderTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test("answers from any thread, once", arguments: Wire.allCases)
  func anyThread(wire: Wire) async throws {
    let deliveries = Mailbox<Responder.Delivery>()
    let handler: HTTPServer.Handler = { _, responder in
      for number in 0..<4 {
        try! System.startThread {
          responder.respond(HTTPResponse(status: 200 + number)) { deliveries.put($0) }
        }
      }
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      for _ in 0..<50 {
        try client.send(Self.get)
        #expect((200..<204).contains(try client.response().status))
      }
      client.finishSending()
      #expect(try client.receiveToEnd().bytes.isEmpty)
    }
    #expect(await eventually { deliveries.values.count == 200 })
    #expect(deliveries.values.count { $0 == .sent } == 50)
  }

  @Test("answers a client that has finished sending", arguments: Wire.allCases)
  func halfClosed(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send(Self.get + Self.get)
      client.finishSending()
      #expect(try client.response().status == 200)
      #expect(try client.response().status == 200)
      #expect(try client.receiveToEnd().end == .finished)
    }
  }

  @Test(
    "sees a client that hangs up while its request waits", arguments: Wire.allCases,
    [true, false])
  func hangUp(wire: Wire, byReset: Bool) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(wire, handler: { _, responder in responders.put(responder) })
    let client = try server.client()
    try client.send(Self.get)
    let responder = try await responders.next()
    #expect(!responder.isClientGone)
    if byReset { client.reset() } else { client.close() }
    #expect(await eventually { responder.isClientGone })
    responder.respond(HTTPResponse(status: 200))
    #expect(await eventually { server.server.connectionCount == 0 })
    await server.server.stop(within: 0)
  }

  @Test(
    "sees the hang-up behind more bytes than are read", arguments: Wire.allCases,
    [true, false])
  func hangUpBehindBytes(wire: Wire, byReset: Bool) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(wire, handler: { _, responder in responders.put(responder) })
    let client = try server.client()
    try client.send(Self.get)
    // More than the server reads, but no more than the kernel buffers in addition; otherwise the
    // close would not arrive.
    try client.send([UInt8](repeating: 0x41, count: 270_000))
    let responder = try await responders.next()
    #expect(!responder.isClientGone)
    if byReset { client.reset() } else { client.finishSending() }
    #expect(await eventually { responder.isClientGone })
    await server.server.stop(within: 0)
  }

  @Test(
    "of a pipelined request sees the hang-up that came before its turn",
    arguments: Wire.allCases)
  func hangUpBeforeTurn(wire: Wire) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(wire, handler: { _, responder in responders.put(responder) })
    let client = try server.client()
    try client.send(Self.get + Self.get)
    client.finishSending()
    let first = try await responders.next()
    #expect(await eventually { first.isClientGone })
    first.respond(HTTPResponse(status: 200))
    let second = try await responders.next()
    #expect(second.isClientGone)
    second.respond(HTTPResponse(status: 200))
    let bytes = try await client.end().bytes
    #expect(String(decoding: bytes, as: UTF8.self).split(separator: "200 OK").count == 3)
    await server.server.stop(within: 0)
  }

  @Test(
    "can end the connection without an answer", arguments: Wire.allCases, [true, false])
  func abandon(wire: Wire, resets: Bool) async throws {
    let deliveries = Mailbox<Responder.Delivery>()
    let handler: HTTPServer.Handler = { _, responder in
      responder.abandon(resets: resets) { deliveries.put($0) }
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      try client.send(Self.get + Self.get)
      let (bytes, end) = try client.receiveToEnd()
      #expect(bytes.isEmpty)
      #expect(end == (resets ? .reset : .finished))
    }
    #expect(deliveries.values == [.failed])
  }

  @Test("delivers more than the socket holds to a slow reader", arguments: Wire.allCases)
  func slowReader(wire: Wire) async throws {
    let size = 12_000_000
    let deliveries = Mailbox<Responder.Delivery>()
    let handler: HTTPServer.Handler = { _, responder in
      responder.respond(
        HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: size))
      ) { deliveries.put($0) }
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client(receiveBuffer: 8192)
      try client.send(Self.get + Self.get)
      var count = 0
      while count < 2 * size { count += try client.receive(atMost: 500_000).count }
      #expect(count < 2 * size + 1000)
    }
    #expect(deliveries.values == [.sent, .sent])
  }

  @Test("gives up a client that doesn't read", arguments: Wire.allCases)
  func stuckReader(wire: Wire) async throws {
    let deliveries = Mailbox<Responder.Delivery>()
    let server = try TestServer.start(
      wire, configure: { $0.limits.writeSeconds = 0.1 },
      handler: { _, responder in
        responder.respond(
          HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 20_000_000))
        ) { deliveries.put($0) }
      })
    let client = try server.client(receiveBuffer: 8192)
    try client.send(Self.get)
    #expect(try await deliveries.next() == .failed)
    #expect(try await client.end().end == .reset)
    #expect(await eventually { server.server.connectionCount == 0 })
    await server.server.stop(within: 0)
  }
}
