import HTTPServer
import Testing

/// Three requests at once, of which only the beginning arrives.
@Suite("A pipeline that is cut")
struct PipelineCutTests {
  /// The requests. Their paths begin with the place of the cut, to distinguish connections.
  private static func pipeline(_ cut: Int) -> [[UInt8]] {
    [
      "POST /\(cut)/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      "POST /\(cut)/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "2;x\r\nhe\r\n3\r\nllo\r\n0\r\nX: a\r\n\r\n",
      "GET /\(cut)/3 HTTP/1.1\r\nHost: a\r\n\r\n",
    ].map(latin1)
  }

  /// The beginning of a pipeline, and the expected result.
  private struct Cut {
    let bytes: [UInt8]
    /// How many requests are whole.
    let whole: Int
    /// Whether a further request has begun that is incomplete.
    let isWithin: Bool

    /// - Returns: nil when the pipeline is shorter.
    init?(at place: Int) {
      let requests = pipeline(place)
      guard place <= requests.joined().count else { return nil }
      bytes = Array(requests.joined().prefix(place))
      let ends = (0...3).map { requests.prefix($0).joined().count }
      whole = ends.lastIndex { $0 <= place } ?? 0
      isWithin = !ends.contains(place)
    }

    static let all: [(place: Int, cut: Cut)] = (0..<1000).compactMap { place in
      Cut(at: place).map { (place, $0) }
    }
  }

  private static func readWhole(_ cut: Cut, at place: Int, from client: RawClient) throws {
    for number in 0..<cut.whole {
      let expected = ["POST /\(place)/1 hello", "POST /\(place)/2 hello", "GET /\(place)/3 "]
      #expect(try client.response().text == expected[number], "cut at \(place)")
    }
  }

  @Test(
    "by an orderly end has its whole requests answered, and one refusal for the rest",
    arguments: Wire.allCases)
  func finished(wire: Wire) async throws {
    try await TestServer.with(wire) { server in
      for (place, cut) in Cut.all {
        let client = try server.client()
        try client.send(cut.bytes)
        client.finishSending()
        try Self.readWhole(cut, at: place, from: client)
        if cut.isWithin {
          let refusal = try client.response()
          #expect(
            refusal.status == 400 && refusal.fields["connection"] == "close", "cut at \(place)")
        }
        let (rest, end) = try client.receiveToEnd()
        #expect(rest.isEmpty && end == .finished, "cut at \(place)")
      }
    }
  }

  @Test(
    "by a reset has its whole requests handled, and nothing of the rest",
    arguments: Wire.allCases, [true, false])
  func reset(wire: Wire, reads: Bool) async throws {
    let handled = Mailbox<String>()
    try await TestServer.with(
      wire,
      handler: { request, responder in
        handled.put(request.path)
        TestServer.echo(request, responder)
      },
      run: { server in
        let before = RawClient.openSockets(port: server.port)
        for (place, cut) in Cut.all {
          let client = try server.client()
          try client.send(cut.bytes)
          // A client that resets at once may take back bytes that the server hasn't read.
          if reads { try Self.readWhole(cut, at: place, from: client) }
          client.reset()
        }
        // The server still answers, and keeps none of those connections.
        let next = try server.client()
        try next.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try next.response().text == "GET /next ")
        next.close()
        #expect(comes { RawClient.openSockets(port: server.port) == before })
      })
    let paths = handled.values
    for (place, cut) in Cut.all {
      let numbers = paths.filter { $0.hasPrefix("/\(place)/") }.compactMap(\.last?.wholeNumberValue)
      #expect(
        numbers == Array((1...3).prefix(reads ? cut.whole : numbers.count)), "cut at \(place)")
      #expect(numbers.count <= cut.whole, "cut at \(place)")
    }
  }
}
