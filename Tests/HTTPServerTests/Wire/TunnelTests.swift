import Platform
import Testing

@testable import HTTPServer

extension HTTPLimits {
  /// Deadlines that are far away, but for what a test sets.
  fileprivate static let patient: HTTPLimits = {
    var limits = HTTPLimits()
    for seconds in [\HTTPLimits.headSeconds, \.bodySeconds, \.idleSeconds, \.writeSeconds] {
      limits[keyPath: seconds] = 3600
    }
    return limits
  }()
}

@Suite("On the wire, a tunnel", .timeLimit(.minutes(5)))
struct TunnelTests {
  /// A target that is reached through a server's tunnels.
  private struct Ends: Sendable {
    let server: TestServer
    let listener: Int32
    let target: Int
    let outcomes: Mailbox<Responder.TunnelOutcome>

    /// Asks for a tunnel, with these bytes behind the request.
    func ask(_ target: String? = nil, early: String = "") throws -> RawClient {
      let client = try server.client()
      try client.send(
        "CONNECT \(target ?? "127.0.0.1:\(self.target)") HTTP/1.1\r\nHost: a\r\n\r\n\(early)")
      return client
    }

    /// An open tunnel.
    func open(early: String = "") throws -> (RawClient, RawClient) {
      let client = try ask(early: early)
      let answer = try client.text(through: "\r\n\r\n")
      #expect(answer == "HTTP/1.1 200 Connection Established\r\n\r\n")
      return (client, try RawClient(acceptedBy: listener))
    }
  }

  /// Starts a server that tunnels whatever it is asked, and answers everything else.
  private static func with(
    _ kind: EventLoopKind, limits: HTTPLimits = .patient,
    run body: @escaping @Sendable (Ends) throws -> Void
  ) async throws {
    let (listener, port) = try System.listen(host: "127.0.0.1", port: 0, backlog: 64)
    defer { System.close(listener) }
    let outcomes = Mailbox<Responder.TunnelOutcome>()
    try await TestServer.with(
      kind, loops: 1,
      configure: {
        $0.takesConnect = true
        $0.opensTunnels = true
        $0.limits = limits
      },
      handler: { request, responder in
        guard request.method == .connect, let colon = request.path.lastIndex(of: ":") else {
          return TestServer.echo(request, responder)
        }
        let (host, port) = (request.path[..<colon], request.path[colon...].dropFirst())
        responder.tunnel(
          to: String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host), port: Int(port)!
        ) { outcome in
          outcomes.put(outcome)
          if outcome != .open { responder.respond(HTTPResponse(status: 502)) }
        }
      },
      run: { server in
        try body(Ends(server: server, listener: listener, target: port, outcomes: outcomes))
      })
  }

  @Test(
    "passes bytes on as they are, those that came with the request first",
    arguments: EventLoopKind.tested)
  func bytes(kind: EventLoopKind) async throws {
    try await Self.with(kind) { ends in
      for name in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let client = try ends.ask("\(name):\(ends.target)", early: "\u{16}\u{0}early")
        let target = try RawClient(acceptedBy: ends.listener)
        _ = try client.text(through: "\r\n\r\n")
        #expect(try target.text(through: "early") == "\u{16}\u{0}early")
        try target.send("GET / HTTP/1.1 back")
        #expect(try client.text(through: "back") == "GET / HTTP/1.1 back")
        try client.send("there")
        #expect(try target.text(through: "there") == "there")
      }
      #expect(ends.outcomes.values == [.open, .open, .open])
    }
  }

  @Test("lets each end finish by itself", arguments: EventLoopKind.tested, [true, false])
  func halfClose(kind: EventLoopKind, clientFirst: Bool) async throws {
    try await Self.with(kind) { ends in
      let (client, target) = try ends.open()
      let (first, second) = clientFirst ? (client, target) : (target, client)
      try first.send("last")
      first.finishSending()
      let (bytes, end) = try second.receiveToEnd()
      #expect(bytes == latin1("last"))
      #expect(end == .finished)
      for piece in ["still", "more"] {
        try second.send(piece)
        #expect(try first.text(through: piece) == piece)
      }
      second.finishSending()
      #expect(try first.receiveToEnd().end == .finished)
      #expect(comes { ends.server.server.connectionCount == 0 })
    }
  }

  @Test(
    "that was half closed with the request still has its answer", arguments: EventLoopKind.tested)
  func finishedEarly(kind: EventLoopKind) async throws {
    try await Self.with(kind) { ends in
      let client = try ends.ask(early: "question")
      client.finishSending()
      let target = try RawClient(acceptedBy: ends.listener)
      let (question, end) = try target.receiveToEnd()
      #expect(question == latin1("question"))
      #expect(end == .finished)
      try target.send("answer")
      target.close()
      let (answer, _) = try client.receiveToEnd()
      #expect(String(decoding: answer, as: UTF8.self).hasSuffix("\r\n\r\nanswer"))
    }
  }

  @Test("passes a reset on", arguments: EventLoopKind.tested, [true, false])
  func resets(kind: EventLoopKind, byClient: Bool) async throws {
    try await Self.with(kind) { ends in
      let (client, target) = try ends.open()
      let (first, second) = byClient ? (client, target) : (target, client)
      try first.send("x")
      #expect(try second.text(through: "x") == "x")
      first.reset()
      #expect(try second.receiveToEnd().end == .reset)
      #expect(comes { ends.server.server.connectionCount == 0 })
    }
  }

  @Test(
    "stops its source while its target doesn't read, and holds nobody up",
    arguments: EventLoopKind.tested)
  func backPressure(kind: EventLoopKind) async throws {
    // Far more than the sockets' buffers take.
    let (block, times) = ((0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }, 48)
    try await Self.with(kind) { ends in
      let (client, target) = try ends.open()
      let isSent = Mailbox<Bool>()
      try System.startThread {
        let sent: Void? = try? { for _ in 0..<times { try target.send(block) } }()
        isSent.put(sent != nil)
        target.finishSending()
      }
      // One that answers all the same, on the same loop.
      let other = try ends.server.client()
      for number in 0..<200 {
        try other.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.response().text == "GET /\(number) ")
      }
      #expect(isSent.values.isEmpty)
      var (count, isRight) = (0, true)
      while true {
        var piece = try client.receive()[...]
        guard !piece.isEmpty else { break }
        while !piece.isEmpty {
          let start = count % block.count
          let part = piece.prefix(block.count - start)
          isRight = isRight && part.elementsEqual(block[start..<start + part.count])
          count += part.count
          piece = piece.dropFirst(part.count)
        }
      }
      #expect(count == times * block.count)
      #expect(isRight)
      #expect(isSent.values == [true])
    }
  }

  @Test("to where nobody listens is refused", arguments: EventLoopKind.tested)
  func unreachable(kind: EventLoopKind) async throws {
    try await Self.with(kind) { ends in
      let (listener, port) = try System.listen(host: "127.0.0.1", port: 0, backlog: 1)
      System.close(listener)
      let client = try ends.ask("127.0.0.1:\(port)")
      #expect(try client.response().status == 502)
      #expect(ends.outcomes.values == [.unreachable("Connection refused")])
      // The connection goes on.
      try client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try client.response().text == "GET /a ")
    }
  }

  @Test("to the server itself is refused", arguments: EventLoopKind.tested)
  func ownAddress(kind: EventLoopKind) async throws {
    try await Self.with(kind) { ends in
      for host in ["127.0.0.1", "localhost"] {
        let answer = try ends.ask("\(host):\(ends.server.port)").response()
        #expect(answer.status == 502)
      }
      #expect(ends.outcomes.values == [.ownAddress, .ownAddress])
    }
  }

  @Test(
    "counts until it ends, and no more are opened than may be", arguments: EventLoopKind.tested)
  func limit(kind: EventLoopKind) async throws {
    var limits = HTTPLimits.patient
    limits.tunnels = 2
    try await Self.with(kind, limits: limits) { ends in
      let (first, target) = try ends.open()
      let second = try ends.open()
      let answer = try ends.ask().response()
      #expect(answer.status == 502)
      #expect(ends.outcomes.values.last == .tooMany)
      first.close()
      target.close()
      #expect(comes { ends.server.server.connectionCount <= 2 })
      let third = try ends.open()
      #expect(ends.outcomes.values.last == .open)
      withExtendedLifetime((second, third)) {}
    }
  }

  @Test("in which nothing moves is reset", arguments: EventLoopKind.tested)
  func idle(kind: EventLoopKind) async throws {
    var limits = HTTPLimits.patient
    limits.tunnelIdleSeconds = 0.01
    try await Self.with(kind, limits: limits) { ends in
      let (client, target) = try ends.open()
      #expect(try client.receiveToEnd().end == .reset)
      #expect(try target.receiveToEnd().end == .reset)
    }
  }

  #if os(Linux)
    @Test("that takes too long to connect is refused", arguments: EventLoopKind.tested)
    func late(kind: EventLoopKind) async throws {
      var limits = HTTPLimits.patient
      limits.tunnelConnectSeconds = 0.05
      try await Self.with(kind, limits: limits) { ends in
        // A full backlog: further connections aren't answered.
        let (listener, port) = try System.listen(host: "127.0.0.1", port: 0, backlog: 0)
        defer { System.close(listener) }
        let waiting = try RawClient(port: port)
        let client = try ends.ask("127.0.0.1:\(port)")
        #expect(try client.response().status == 502)
        #expect(ends.outcomes.values == [.timedOut])
        withExtendedLifetime(waiting) {}
      }
    }
  #endif

  @Test("ends when its server stops", arguments: EventLoopKind.tested)
  func stop(kind: EventLoopKind) async throws {
    let opened = Mailbox<(RawClient, RawClient)>()
    try await Self.with(kind) { ends in opened.put(try ends.open()) }
    let (client, target) = try await opened.next()
    for end in [client, target] { #expect(try await end.end().bytes.isEmpty) }
  }
}
