import Testing

@testable import HTTPServer

// One after another, because each moves tens of megabytes, which takes time on a busy machine.
@Suite("What all connections hold together", .serialized)
struct HeldBytesTests {
  private static let limit = 4_000_000

  private static func bounded(_ configuration: inout HTTPServer.Configuration) {
    bound(&configuration, to: limit)
  }

  private static func bound(_ configuration: inout HTTPServer.Configuration, to bytes: Int) {
    configuration.limits.heldBytes = bytes
  }

  private static func begin(_ length: Int, sending count: Int, to server: TestServer) throws
    -> RawClient
  {
    let client = try server.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
    try client.send([UInt8](repeating: 0x61, count: count))
    return client
  }

  @Test(
    "a body that is too much beside the others gets 503, and fits once they are answered",
    arguments: EventLoopKind.tested)
  func bodies(kind: EventLoopKind) async throws {
    let server = try TestServer.start(
      kind, configure: Self.bounded,
      handler: { _, responder in responder.respond(HTTPResponse(status: 200)) })
    let first = try Self.begin(3_000_000, sending: 2_900_000, to: server)
    await server.server.processArrivals()
    for _ in 0..<3 {
      let second = try Self.begin(2_000_000, sending: 1_900_000, to: server)
      let refusal = try await second.answer()
      #expect(refusal.status == 503 && refusal.fields["connection"] == "close")
      second.close()
    }
    // Connections that hold little are not affected.
    let small = try Self.begin(10, sending: 10, to: server)
    #expect(try await small.answer().status == 200)
    // The earlier connection goes on.
    try first.send([UInt8](repeating: 0x61, count: 100_000))
    #expect(try await first.answer().status == 200)
    let last = try Self.begin(3_900_000, sending: 3_900_000, to: server)
    #expect(try await last.answer().status == 200)
    await server.server.stop(within: 0)
  }

  @Test("a body counts until its request is answered", arguments: EventLoopKind.tested)
  func underWay(kind: EventLoopKind) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(
      kind, configure: Self.bounded, handler: { _, responder in responders.put(responder) })
    let first = try Self.begin(3_000_000, sending: 3_000_000, to: server)
    let waiting = try await responders.next()
    let second = try Self.begin(2_000_000, sending: 1_900_000, to: server)
    #expect(try await second.answer().status == 503)
    waiting.respond(HTTPResponse(status: 200))
    #expect(try await first.answer().status == 200)
    let third = try Self.begin(2_000_000, sending: 2_000_000, to: server)
    try await responders.next().respond(HTTPResponse(status: 200))
    #expect(try await third.answer().status == 200)
    await server.server.stop(within: 0)
  }

  @Test(
    "a response that nobody reads is reset when it is too much beside the others",
    arguments: EventLoopKind.tested)
  func responses(kind: EventLoopKind) async throws {
    // The system takes some megabytes of each.
    let size = 20_000_000
    let deliveries = Mailbox<Responder.Delivery>()
    let server = try TestServer.start(
      kind, configure: { Self.bound(&$0, to: size * 3 / 2) },
      handler: { _, responder in
        responder.respond(
          HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: size))
        ) { deliveries.put($0) }
      })
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    let first = try server.client(receiveBuffer: 8192)
    try first.send(get)
    _ = try await first.passage(through: "\r\n\r\n")
    let second = try server.client(receiveBuffer: 8192)
    try second.send(get)
    #expect(try await deliveries.next() == .failed)
    #expect(try await second.end().end == .reset)
    // The earlier connection receives its whole answer.
    first.finishSending()
    #expect(try await first.end().bytes.count == size)
    let third = try server.client()
    try third.send(get)
    #expect(try await third.answer().body.count == size)
    await server.server.stop(within: 0)
  }
}
