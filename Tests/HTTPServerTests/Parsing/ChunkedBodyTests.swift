import Testing

@testable import HTTPServer

@Suite("The chunked decoder")
struct ChunkedBodyTests {
  /// Feeds pieces as a parser does: unused bytes are fed again, together with the next ones.
  private func decode(
    _ text: String, step: Int, limits: HTTPLimits = HTTPLimits()
  ) throws -> (body: [UInt8], rest: [UInt8], isComplete: Bool) {
    var decoder = ChunkedBody(limits: limits)
    var waiting: [UInt8] = []
    var coming = latin1(text)[...]
    while !coming.isEmpty, !decoder.isComplete {
      waiting += coming.prefix(step)
      coming = coming.dropFirst(step)
      let used = try waiting.withUnsafeBufferPointer { try decoder.consume($0) }
      waiting.removeFirst(used)
    }
    return (decoder.body, waiting + coming, decoder.isComplete)
  }

  @Test("stops at the end of the body and leaves what follows", arguments: [1, 2, 3, 7, 1000])
  func leavesTheRest(step: Int) throws {
    let result = try decode("5\r\nhello\r\n6;x\r\n world\r\n0\r\nA: b\r\n\r\nGET /", step: step)
    #expect(result.body == latin1("hello world"))
    #expect(result.rest == latin1("GET /"))
    #expect(result.isComplete)
  }

  @Test(
    "waits for more of an incomplete body",
    arguments: [
      "", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r", "0\r\n", "0\r\n\r",
    ])
  func waits(text: String) throws {
    #expect(try decode(text, step: 1).isComplete == false)
    #expect(try decode(text, step: 1000).isComplete == false)
  }

  @Test("takes a size line of 1,024 bytes and not one more", arguments: [1, 1025, 5000])
  func longLine(step: Int) throws {
    let zeros = String(repeating: "0", count: 1023)
    #expect(try decode("\(zeros)1\r\na\r\n0\r\n\r\n", step: step).isComplete)
    #expect(throws: RequestError.self) { try decode("0\(zeros)1\r\na\r\n0\r\n\r\n", step: step) }
  }

  @Test("counts all chunks against the body's limit")
  func limit() throws {
    var limits = HTTPLimits()
    limits.body = 4
    #expect(try decode("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", step: 1, limits: limits).isComplete)
    #expect(throws: RequestError(413, "The body is too large.")) {
      try decode("2\r\nab\r\n3\r\n", step: 1, limits: limits)
    }
  }
}
