import HTTPServer
import Testing

@Suite("On the wire, a good request")
struct GoodRequestWireTests {
  private static let follower = latin1("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")

  /// Sends every row and then another request to one server, and checks everything that is
  /// received.
  private static func judge(
    _ wire: Wire, _ send: @escaping @Sendable ([UInt8], RawClient) throws -> Void
  ) async throws {
    try await TestServer.with(wire, loops: 1, handler: TestServer.tell) { server in
      for row in GoodRequest.all {
        let client = try server.client()
        try send(row.bytes + follower, client)
        client.finishSending()
        var response = try client.response(toHead: row.method == .head)
        // Rows that wait for it have been told to continue.
        if response.status == 100 { response = try client.response(toHead: row.method == .head) }
        #expect(response.status == 200, "\(row.label)")
        #expect(response.body == (row.method == .head ? [] : latin1(row.told)), "\(row.label)")
        #expect((response.fields["connection"] == "close") == !row.keepsAlive, "\(row.label)")
        if row.keepsAlive { #expect(try client.response().text == "GET /next?- ", "\(row.label)") }
        let (rest, end) = try client.receiveToEnd()
        #expect(rest.isEmpty && end == .finished, "\(row.label)")
      }
    }
  }

  @Test("is answered, and so is the one after it", arguments: Wire.allCases)
  func answered(wire: Wire) async throws {
    try await Self.judge(wire) { bytes, client in try client.send(bytes) }
  }

  @Test("is answered when it comes byte by byte", arguments: Wire.allCases)
  func byteByByte(wire: Wire) async throws {
    try await Self.judge(wire) { bytes, client in for byte in bytes { try client.send([byte]) } }
  }
}
