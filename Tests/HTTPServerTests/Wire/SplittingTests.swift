import Testing

@testable import HTTPServer

@Suite("Response splitting", .timeLimit(.minutes(5)))
struct SplittingTests {
  @Test(
    "Whatever a field's value is made of, one response comes, with that one field",
    arguments: EventLoopKind.tested,
    ["\r\n", "\r", "\n", "\0", "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
  func value(kind: EventLoopKind, mark: String) async throws {
    let server = try TestServer.start(
      kind,
      handler: { request, responder in
        var fields = HTTPFields()
        // Like a handler that sends back what it has received.
        fields.append("X-Echo", String(decoding: request.body, as: UTF8.self))
        responder.respond(HTTPResponse(status: 200, fields: fields, body: Array("mine".utf8)))
      })
    let client = try server.client()
    let value = "a\(mark)X-Evil: yes"
    for _ in 0..<2 {
      try client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(value.utf8.count)\r\n\r\n\(value)")
      let answer = try await client.answer()
      #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self) == "mine")
      let harmless = value.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }
      #expect(answer.fields["x-echo"] == String(decoding: harmless, as: UTF8.self))
      #expect(answer.fields["x-evil"] == nil)
    }
    #expect(!client.hasNews)
    client.close()
    await server.server.stop(within: 0)
  }
}
