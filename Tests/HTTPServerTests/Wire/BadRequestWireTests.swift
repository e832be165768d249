import HTTPServer
import Testing

@Suite("On the wire, a bad request")
struct BadRequestWireTests {
  @Test("gets one answer and then the end", arguments: EventLoopKind.allCases, BadRequest.all)
  func oneAnswer(kind: EventLoopKind, row: BadRequest) async throws {
    let handled = Mailbox<String>()
    try await TestServer.with(
      kind, loops: 1, configure: { $0.limits = row.limits },
      handler: { request, responder in
        handled.put(request.path)
        responder.respond(HTTPResponse(status: 200))
      },
      run: { server in
        let client = try server.client()
        try client.send(row.bytes + latin1("\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n"))
        let (bytes, end) = try client.receiveToEnd()
        let (response, length) = try #require(RawResponse.parse(bytes, toHead: false))
        #expect(response.status == row.status)
        #expect(length == bytes.count, "more than one answer")
        #expect(!response.body.isEmpty)
        #expect(response.fields["connection"] == "close")
        #expect((response.fields["allow"] != nil) == (row.status == 405))
        #expect(end == .finished)
      })
    #expect(handled.values.isEmpty)
  }

  @Test(
    "is refused in its turn, after the answers to those before it",
    arguments: EventLoopKind.allCases)
  func inTurn(kind: EventLoopKind) async throws {
    try await TestServer.with(kind) { server in
      let client = try server.client()
      try client.send(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n")
      #expect(try client.response().text == "GET /1 ")
      #expect(try client.response().status == 400)
      #expect(try client.receiveToEnd().bytes.isEmpty)
    }
  }

  @Test("that is a HEAD is refused without a body", arguments: EventLoopKind.allCases)
  func head(kind: EventLoopKind) async throws {
    try await TestServer.with(kind) { server in
      let client = try server.client()
      try client.send("HEAD / HTTP/1.1\r\n\r\n")
      let (bytes, _) = try client.receiveToEnd()
      let (response, length) = try #require(RawResponse.parse(bytes, toHead: true))
      #expect(response.status == 400)
      #expect(length == bytes.count)
    }
  }

  @Test(
    "with too large a body can be sent on while the 413 comes", arguments: EventLoopKind.allCases)
  func sendsOn(kind: EventLoopKind) async throws {
    try await TestServer.with(kind) { server in
      for declared in ["Content-Length: 67108864", "Transfer-Encoding: chunked"] {
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(declared)\r\n\r\n4000000\r\n")
        // The answer is out by now; what follows must not make the server reset the connection.
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

  @Test("that ends in the middle is answered", arguments: EventLoopKind.allCases)
  func cutOff(kind: EventLoopKind) async throws {
    try await TestServer.with(kind) { server in
      let client = try server.client()
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
      client.finishSending()
      #expect(try client.response().status == 400)
      #expect(try client.receiveToEnd().end == .finished)
    }
  }

  @Test("that comes too slowly gets 408", arguments: EventLoopKind.allCases)
  func tooSlow(kind: EventLoopKind) async throws {
    try await TestServer.with(
      kind,
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
