import Testing

@testable import HTTPServer

@Suite("A streamed response", .timeLimit(.minutes(5)))
struct ResponseStreamTests {
  @Test(
    "has its head at once, a chunk for each piece, and an end that keeps the connection",
    arguments: Wire.allCases)
  func chunked(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, head) = try await probe.open()
    #expect(head == StreamProbe.head("Transfer-Encoding: chunked"))
    #expect(await stream.deliver("hello") == .sent)
    #expect(try await client.passage(through: "hello\r\n") == "5\r\nhello\r\n")
    #expect(await stream.deliver("") == .sent)
    #expect(await stream.deliver(String(repeating: "a", count: 300)) == .sent)
    #expect(try await client.passage(through: "\r\n") == "12c\r\n")
    #expect(try await client.passage(through: "\r\n").utf8.count == 302)
    #expect(await stream.close() == .sent)
    try client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await client.passage(through: "0\r\n\r\n") == "0\r\n\r\n")
    #expect(try await client.answer().text == "GET /next ")
    #expect(await probe.stop())
  }

  @Test("has its first and last piece where they were given", arguments: Wire.allCases)
  func firstAndLast(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire, first: "one")
    let client = try probe.running.client()
    try client.send(StreamProbe.get)
    // The first read returns everything that was sent in one write.
    let first = try await onThread { Result { try client.receive() } }.get()
    #expect(String(decoding: first, as: UTF8.self).hasSuffix("chunked\r\n\r\n3\r\none\r\n"))
    #expect(try await probe.streams.next().close("last") == .sent)
    let rest = try await onThread { Result { try client.receive() } }.get()
    #expect(String(decoding: rest, as: UTF8.self) == "4\r\nlast\r\n0\r\n\r\n")
    #expect(await probe.stop())
  }

  @Test(
    "to HTTP/1.0 has no transfer coding and ends the connection", arguments: Wire.allCases)
  func oldVersion(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire, first: "one")
    let (client, stream, head) = try await probe.open(
      "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    #expect(head == StreamProbe.head("Connection: close"))
    #expect(await stream.deliver("two") == .sent)
    #expect(await stream.close() == .sent)
    let (bytes, end) = try await client.end()
    #expect(String(decoding: bytes, as: UTF8.self) == "onetwo")
    #expect(end == .finished)
    client.close()
    #expect(await probe.stop())
  }

  @Test("to a client that says close is the last", arguments: Wire.allCases)
  func close(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, head) = try await probe.open(
      "GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(head == StreamProbe.head("Transfer-Encoding: chunked\r\nConnection: close"))
    #expect(await stream.close("x") == .sent)
    #expect(try await client.end().bytes == latin1("1\r\nx\r\n0\r\n\r\n"))
    client.close()
    #expect(await probe.stop())
  }

  @Test(
    "to HEAD is its head, and pieces are dropped without going down the stack",
    arguments: Wire.allCases, [true, false])
  func head(wire: Wire, isEndless: Bool) async throws {
    let probe = try StreamProbe.start(wire, isEndless: isEndless, first: "one")
    let (client, stream, head) = try await probe.open("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(head == StreamProbe.head("Transfer-Encoding: chunked"))
    await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
    let deliveries = Mailbox<Responder.Delivery>()
    @Sendable func send(_ count: Int) {
      stream.send([0x61]) { delivery in
        if delivery == .sent, count > 1 { send(count - 1) } else { deliveries.put(delivery) }
      }
    }
    send(100_000)
    #expect(try await deliveries.next() == .sent)
    #expect(await stream.close() == .sent)
    try client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await client.answer().text == "GET /next ")
    #expect(await probe.stop())
  }

  @Test("makes pipelined requests wait", arguments: Wire.allCases)
  func pipelining(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, first, _) = try await probe.open(
      StreamProbe.get + StreamProbe.get + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(await first.deliver("1") == .sent)
    #expect(await first.close() == .sent)
    #expect(try await client.passage(through: "0\r\n\r\n") == "1\r\n1\r\n0\r\n\r\n")
    let second = try await probe.streams.next()
    #expect(await first.deliver("3") == .failed)
    #expect(await second.close("2") == .sent)
    let text = try await client.passage(through: "0\r\n\r\n")
    #expect(text == StreamProbe.head("Transfer-Encoding: chunked") + "1\r\n2\r\n0\r\n\r\n")
    #expect(try await client.answer().text == "GET /next ")
    #expect(await probe.stop())
  }

  @Test(
    "has its pieces in the order in which they were given, awaited or not",
    arguments: Wire.allCases)
  func order(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open()
    let completions = Tally()
    for number in 100..<1100 { stream.send(latin1("\(number)")) { _ in completions.add() } }
    #expect(await stream.close() == .sent)
    #expect(completions.count == 1000)
    let text = try await client.passage(through: "0\r\n\r\n")
    #expect(text == (100..<1100).map { "\("\($0)".count)\r\n\($0)\r\n" }.joined() + "0\r\n\r\n")
    #expect(await probe.stop())
  }

  @Test("can be the answer of a handler as a whole", arguments: Wire.allCases)
  func atOnce(wire: Wire) async throws {
    let handler: HTTPServer.Handler = { _, responder in
      let stream = responder.stream(HTTPResponse(status: 200))
      stream.send([0x61])
      stream.finish([0x62])
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      try client.send(String(repeating: StreamProbe.get, count: 500))
      for _ in 0..<500 {
        #expect(try client.text(through: "\r\n\r\n").hasSuffix("chunked\r\n\r\n"))
        #expect(try client.text(through: "0\r\n\r\n") == "1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
      }
    }
  }

  @Test(
    "hands over before the client has the last byte", arguments: Wire.allCases, [0, 1])
  func lastByte(wire: Wire, minorVersion: Int) async throws {
    let probe = try StreamProbe.start(wire)
    for _ in 0..<10 {
      let (client, stream, _) = try await probe.open(
        "GET /stream HTTP/1.\(minorVersion)\r\nHost: a\r\n\r\n")
      let lastBytes = Tally()
      stream.finish(
        latin1("last"),
        observer: ResponseProbe(lastByte: { if !client.hasNews { lastBytes.add() } }))
      if minorVersion == 1 {
        _ = try await client.passage(through: "0\r\n\r\n")
      } else {
        #expect(try await client.end().bytes == latin1("last"))
      }
      #expect(lastBytes.count == 1)
    }
    #expect(await probe.stop())
  }

  @Test(
    "lets its caller wait for a client that doesn't read", arguments: Wire.allCases)
  func backPressure(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open(receiveBuffer: 8192)
    let piece = [UInt8](repeating: 0x61, count: 65_536)
    let pieces = 200
    let sent = Tally()
    @Sendable func pull() {
      if sent.count == pieces { return stream.finish() }
      stream.send(piece) { delivery in
        guard delivery == .sent else { return }
        sent.add()
        pull()
      }
    }
    pull()
    // Another exchange on the same server shows that the loops have had their turns; the sockets
    // hold less than half of the body.
    for _ in 0..<20 { await probe.running.server.processArrivals() }
    #expect(sent.count < pieces / 2)
    let text = try await client.passage(through: "\r\n0\r\n\r\n")
    #expect(text.utf8.count == pieces * (7 + 65_536 + 2) + 5)
    #expect(sent.count == pieces)
    #expect(await probe.stop())
  }

  @Test(
    "has a deadline while bytes wait, and none while there are none",
    arguments: Wire.allCases)
  func deadline(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire, configure: { $0.limits.writeSeconds = 0.1 })
    let quiet = try await probe.open()
    let stuck = try await probe.open(receiveBuffer: 8192)
    let isGone = Tally()
    stuck.stream.whenGone { isGone.add() }
    #expect(await stuck.stream.deliver(String(repeating: "a", count: 20_000_000)) == .failed)
    #expect(try await stuck.client.end().end == .reset)
    #expect(isGone.count == 1)
    // Its last byte is older than the other's, and it is still open.
    #expect(await quiet.stream.deliver("x") == .sent)
    #expect(try await quiet.client.passage(through: "x\r\n") == "1\r\nx\r\n")
    #expect(await probe.stop())
  }
}
