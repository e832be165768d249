import Testing

@testable import HTTPServer

@Suite("Responses of one round", .timeLimit(.minutes(5)))
struct RoundTests {
  private static let pair = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test(
    "What is to come after an answer comes after its write, and the next request too",
    arguments: Wire.allCases, [2, 100_000, 400_000])
  func order(_ wire: Wire, size: Int) async throws {
    let events = Mailbox<String>()
    try await TestServer.with(
      wire,
      handler: { request, responder in
        events.put("asked \(request.path)")
        responder.respond(
          HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: size)),
          observer: ResponseProbe(
            lastByte: { events.put("last byte of \(request.path)") },
            attempted: { events.put("attempted \(request.path)") },
            ended: { events.put("\($0) \(request.path)") }))
      },
      run: { server in
        let client = try server.client()
        try client.send(Self.pair)
        for _ in 1...2 { #expect(try client.response().body.count == size) }
        #expect(comes { events.values.count == 8 })
      })
    let all = events.values
    func place(_ event: String) -> Int { all.firstIndex(of: event) ?? -1 }
    for path in ["/1", "/2"] {
      #expect(place("asked \(path)") < place("last byte of \(path)"))
      #expect(place("last byte of \(path)") < place("sent \(path)"))
    }
    #expect(place("sent /1") < place("asked /2"))
    // A write that the client doesn't take at once counts as attempted all the same.
    if size == 2 { #expect(place("sent /1") < place("attempted /1")) }
    #expect(Set(all).count == 8)
  }

  @Test(
    "Pipelined answers that are more than a round holds come whole and in order",
    arguments: Wire.allCases)
  func many(_ wire: Wire) async throws {
    let (clients, requests) = (4, 400)
    try await TestServer.with(
      wire, loops: 1,
      handler: { request, responder in
        let text = request.path + String(repeating: "a", count: 2_000)
        responder.respond(HTTPResponse(status: 200, body: Array(text.utf8)))
      },
      run: { server in
        let all = try (0..<clients).map { _ in try server.client() }
        let paths = (0..<requests).map { "/\($0)" }
        let bytes = paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        for client in all { try client.send(bytes) }
        for path in paths {
          for client in all {
            let body = String(decoding: try client.response().body, as: UTF8.self)
            #expect(body.hasPrefix(path + "a") && body.utf8.count == path.utf8.count + 2_000)
          }
        }
      })
  }

  @Test(
    "A connection that ends in the round of its answer ends after it",
    arguments: Wire.allCases)
  func stop(_ wire: Wire) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(
      wire, loops: 1, handler: { _, responder in responders.put(responder) })
    let client = try server.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let responder = try await responders.next()
    let deliveries = Mailbox<Responder.Delivery>()
    responder.respond(HTTPResponse(status: 204)) { deliveries.put($0) }
    await server.server.stop(within: 0)
    let status = await onThread { (try? client.response())?.status }
    #expect(status == 204)
    #expect(try await deliveries.next() == .sent)
  }
}
