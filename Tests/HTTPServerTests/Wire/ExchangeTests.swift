import Dispatch
import HTTPServer
import Testing

@Suite("On the wire, an exchange")
struct ExchangeTests {
  @Test("is kept alive", arguments: Wire.allCases)
  func keepAlive(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      for number in 0..<20 {
        try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try client.response()
        #expect(response.text == "GET /\(number) ")
        #expect(response.fields["connection"] == nil)
        #expect(response.fields["date"]?.hasSuffix(" GMT") == true)
      }
      #expect(server.server.connectionCount == 1)
    }
  }

  @Test(
    "of 100 pipelined requests has its answers in order", arguments: Wire.allCases,
    [true, false])
  func pipelining(wire: Wire, answersAtOnce: Bool) async throws {
    let handler: HTTPServer.Handler = { request, responder in
      if answersAtOnce { return TestServer.echo(request, responder) }
      // Not a task: the tests' blocking clients may hold all of its threads.
      DispatchQueue.global().async { TestServer.echo(request, responder) }
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      let requests = (0..<100).map {
        "POST /\($0) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
      }
      try client.send(requests.joined())
      for number in 0..<100 { #expect(try client.response().text == "POST /\(number) abc") }
    }
  }

  @Test("of more than may be pipelined comes through", arguments: Wire.allCases)
  func pausedReading(wire: Wire) async throws {
    let handler: HTTPServer.Handler = { request, responder in
      DispatchQueue.global().async {
        responder.respond(HTTPResponse(status: 200, body: Array("\(request.body.count)".utf8)))
      }
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      for size in [1, 3_000_000, 2] {
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
        try client.send([UInt8](repeating: 0x61, count: size))
      }
      for size in [1, 3_000_000, 2] { #expect(try client.response().text == "\(size)") }
    }
  }

  @Test("by HEAD has a length and no body", arguments: Wire.allCases)
  func head(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send("HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try client.response(toHead: true).fields["content-length"] == "8")
      #expect(try client.response().text == "GET /2 ")
    }
  }

  @Test("in HTTP/1.0 ends, or lives on when asked", arguments: Wire.allCases)
  func oldVersion(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try client.response().fields["connection"] == "keep-alive")
      try client.send("GET /2 HTTP/1.0\r\n\r\nGET /3 HTTP/1.0\r\n\r\n")
      #expect(try client.response().fields["connection"] == "close")
      #expect(try client.receiveToEnd().bytes.isEmpty)
    }
  }

  @Test("ends when the client says close", arguments: Wire.allCases)
  func close(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(try client.response().fields["connection"] == "close")
      let rest = try client.receiveToEnd()
      #expect(rest.bytes.isEmpty && rest.end == .finished)
    }
  }

  @Test("takes a chunked body with trailers", arguments: Wire.allCases)
  func chunked(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      for piece in ["5\r", "\nhel", "lo\r\n6;a=b\r\n world\r", "\n0\r\nA: b\r\n", "\r\n"] {
        try client.send(piece)
      }
      #expect(try client.response().text == "POST / hello world")
    }
  }

  @Test("that expects 100 Continue gets it, then its answer", arguments: Wire.allCases)
  func continuation(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      let client = try server.client()
      for _ in 0..<2 {
        try client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(try client.response().status == 100)
        try client.send("hello")
        #expect(try client.response().text == "POST / hello")
      }
    }
  }

  @Test(
    "whose client doesn't read yet gets 100 Continue in its turn", arguments: Wire.allCases
  )
  func lateContinuation(wire: Wire) async throws {
    // As large as the buffers: the continuation finds no room in some of the rounds.
    for size in stride(from: 2_400_000, through: 2_700_000, by: 50_000) {
      let handler: HTTPServer.Handler = { _, responder in
        responder.respond(HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: size)))
      }
      try await TestServer.with(wire, loops: 1, handler: handler) { server in
        let client = try server.client(receiveBuffer: 4096)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        #expect(try client.response().body.count == size)
        #expect(try client.response().status == 100)
        try client.send("a")
        #expect(try client.response().body.count == size)
      }
    }
  }

  @Test("over IPv6 works", arguments: Wire.allCases)
  func loopback6(wire: Wire) async throws {
    try await TestServer.with(
      wire, configure: { $0.host = "::1" },
      run: { server in
        let client = try RawClient(
          port: server.port, usesIPv6: true, speaksTLS: server.speaksTLS)
        try client.send("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n")
        #expect(try client.response().status == 200)
      })
  }

  @Test("has no body when its status has none", arguments: Wire.allCases)
  func noContent(wire: Wire) async throws {
    let handler: HTTPServer.Handler = { request, responder in
      let status = request.path == "/204" ? 204 : 200
      responder.respond(HTTPResponse(status: status, body: latin1("HTTP/1.1 500 Smuggled\r\n\r\n")))
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      try client.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try client.response().status == 204)
      #expect(try client.response().status == 200)
    }
  }
}
