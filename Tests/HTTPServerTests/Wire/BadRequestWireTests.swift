import Testing

@testable import HTTPServer

@Suite("On the wire, a bad request")
struct BadRequestWireTests {
  private static let follower = latin1("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")

  /// The only allowed answer to a row: its refusal, which says that the connection ends.
  private static func answer(to row: BadRequest) throws -> [UInt8] {
    var parser = RequestParser(limits: row.limits)
    parser.append(row.bytes)
    guard case .failed(let error) = parser.next() else { throw RawClient.Failure.ended(row.bytes) }
    let allow = row.status == 405 ? "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" : ""
    let body = "{\"error\":{\"message\":\"\(error.reason)\"}}"
    return latin1(
      "HTTP/1.1 \(row.status) \(HTTPResponse.reason(row.status))\r\n"
        + "Content-Type: application/json\r\n\(allow)"
        + "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: \(body.utf8.count)\r\n"
        + "Connection: close\r\n\r\n" + (row.bytes.starts(with: "HEAD ".utf8) ? "" : body))
  }

  /// Sends every row to one server, each in its own way, and checks everything that is received.
  private static func judge(
    _ batch: BadRequest.Batch, _ wire: Wire,
    _ send: @escaping @Sendable (BadRequest, RawClient) throws -> Void
  ) async throws {
    let handled = Mailbox<String>()
    try await TestServer.with(
      wire, loops: 1,
      configure: {
        $0.limits = batch.limits
        $0.secondsSinceEpoch = { 0 }
      },
      handler: { request, responder in
        handled.put(request.path)
        responder.respond(HTTPResponse(status: 200))
      },
      run: { server in
        for row in batch.rows {
          let client = try server.client()
          try send(row, client)
          let (bytes, end) = try client.receiveToEnd()
          #expect(try bytes == answer(to: row), "\(row.testDescription)")
          #expect(end == .finished, "\(row.testDescription)")
        }
      })
    #expect(handled.values.isEmpty)
  }

  @Test(
    "gets one answer and then the end, whatever follows it",
    arguments: Wire.allCases, BadRequest.batches)
  func oneAnswer(wire: Wire, batch: BadRequest.Batch) async throws {
    for between in ["", "\r\n\r\n"] {
      try await Self.judge(batch, wire) { row, client in
        try client.send(row.bytes + latin1(between) + Self.follower + Self.follower)
      }
    }
  }

  @Test(
    "gets the same answer when it comes byte by byte", arguments: Wire.allCases,
    BadRequest.batches)
  func byteByByte(wire: Wire, batch: BadRequest.Batch) async throws {
    try await Self.judge(batch, wire) { row, client in
      // Of a huge request, only the end.
      let start = max(0, row.bytes.count - 2000)
      try client.send(Array(row.bytes[..<start]))
      for byte in row.bytes[start...] + Self.follower { try client.send([byte]) }
    }
  }

  @Test(
    "gets the same answer when nothing follows but the end", arguments: Wire.allCases,
    BadRequest.batches)
  func halfClosed(wire: Wire, batch: BadRequest.Batch) async throws {
    try await Self.judge(batch, wire) { row, client in
      try client.send(row.bytes)
      client.finishSending()
    }
  }

  @Test(
    "is refused in its turn, after the answers to those before it",
    arguments: Wire.allCases)
  func inTurn(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n")
      #expect(try client.response().text == "GET /1 ")
      #expect(try client.response().status == 400)
      #expect(try client.receiveToEnd().bytes.isEmpty)
    }
  }

  @Test("that is a HEAD is refused without a body", arguments: Wire.allCases)
  func head(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send("HEAD / HTTP/1.1\r\n\r\n")
      let (bytes, _) = try client.receiveToEnd()
      let (response, length) = try #require(RawResponse.parse(bytes, toHead: true))
      #expect(response.status == 400)
      #expect(length == bytes.count)
    }
  }

  @Test(
    "with too large a body can be sent on while the 413 comes", arguments: Wire.allCases)
  func sendsOn(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      for declared in ["Content-Length: 67108864", "Transfer-Encoding: chunked"] {
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(declared)\r\n\r\n4000000\r\n")
        // The answer has been sent by now; what follows must not make the server reset the
        // connection.
        let megabyte = [UInt8](repeating: 0x61, count: 1_048_576)
        for _ in 0..<4 { try client.send(megabyte) }
        client.finishSending()
        #expect(try client.response().status == 413)
        let rest = try client.receiveToEnd()
        #expect(rest.bytes.isEmpty)
        #expect(rest.end == .finished)
      }
    }
  }

  @Test("that ends in the middle is answered", arguments: Wire.allCases)
  func cutOff(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
      client.finishSending()
      #expect(try client.response().status == 400)
      #expect(try client.receiveToEnd().end == .finished)
    }
  }

  @Test("that comes too slowly gets 408", arguments: Wire.allCases)
  func tooSlow(wire: Wire) async throws {
    try await TestServer.with(
      wire,
      configure: {
        $0.limits.headSeconds = 0.1
        $0.limits.bodySeconds = 0.1
        $0.limits.idleSeconds = 0.1
      },
      run: { server in
        let slow = ["GET", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc"]
        let clients = try slow.map { text in
          let client = try server.client()
          try client.send(text)
          return client
        }
        let idle = try server.client()
        for client in clients {
          #expect(try client.response().status == 408)
          #expect(try client.receiveToEnd().end == .finished)
        }
        let silence = try idle.receiveToEnd()
        #expect(silence.bytes.isEmpty && silence.end == .finished)
      })
  }
}
