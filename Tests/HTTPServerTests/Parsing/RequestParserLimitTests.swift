import HTTPServer
import Testing

@Suite("The request parser's limits")
struct RequestParserLimitTests {
  private static func get(target: Int, head: Int? = nil) -> [UInt8] {
    let line = "GET /\(String(repeating: "a", count: target - 1)) HTTP/1.1\r\nHost: a\r\n"
    guard let head else { return latin1(line + "\r\n") }
    return latin1(line + "X: \(String(repeating: "b", count: head - line.utf8.count - 7))\r\n\r\n")
  }

  private static func limits(_ set: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    set(&limits)
    return limits
  }

  @Test("takes a request line of exactly its limit", arguments: [0, 1])
  func requestLine(excess: Int) {
    let limits = Self.limits { $0.requestLine = 100 }
    let bytes = Self.get(target: 100 - "GET  HTTP/1.1".utf8.count + excess)
    let events = ParserEvent.all(bytes, limits: limits)
    #expect((events == [.failed(414)]) == (excess == 1))
    #expect(ParserEvent.all(bytes, cutAt: Array(1..<bytes.count), limits: limits) == events)
  }

  @Test("takes a head of exactly its limit", arguments: [0, 1])
  func head(excess: Int) {
    let limits = Self.limits { $0.head = 200 }
    let bytes = Self.get(target: 10, head: 200 + excess)
    #expect(bytes.count == 200 + excess)
    let events = ParserEvent.all(bytes, limits: limits)
    #expect((events == [.failed(431)]) == (excess == 1))
    #expect(ParserEvent.all(bytes, cutAt: Array(1..<bytes.count), limits: limits) == events)
  }

  @Test("the default limits are 64 KiB for the head and 200 fields")
  func defaults() {
    #expect(ParserEvent.all(Self.get(target: 10, head: 65_536)) != [.failed(431)])
    #expect(ParserEvent.all(Self.get(target: 10, head: 65_537)) == [.failed(431)])
    #expect(ParserEvent.all(Self.get(target: 65_536)) == [.failed(414)])
    for (count, isRefused) in [(200, false), (201, true)] {
      let fields = (1..<count).map { "X\($0):\r\n" }.joined()
      let bytes = latin1("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
      #expect((ParserEvent.all(bytes) == [.failed(431)]) == isRefused)
    }
  }

  @Test("takes a body of exactly its limit, by length and by chunks", arguments: [0, 1])
  func body(excess: Int) {
    let limits = Self.limits { $0.body = 20 }
    let body = String(repeating: "a", count: 20 + excess)
    let head = "POST / HTTP/1.1\r\nHost: a\r\n"
    for text in [
      "\(head)Content-Length: \(20 + excess)\r\n\r\n\(body)",
      "\(head)Transfer-Encoding: chunked\r\n\r\n"
        + body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n",
    ] {
      let events = ParserEvent.all(latin1(text), limits: limits)
      #expect((events == [.failed(413)]) == (excess == 1))
    }
  }

  @Test("refuses a declared body over the limit before a byte of it")
  func declared() {
    let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 33554433\r\n\r\n"
    #expect(ParserEvent.all(latin1(text)) == [.failed(413)])
  }

  @Test("asks for the continuation once, and only while the body is missing")
  func continuation() {
    let head = latin1(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    var parser = RequestParser()
    for _ in 0..<2 {
      parser.append(head)
      guard case .continueExpected = parser.next() else {
        Issue.record("no continuation")
        return
      }
      parser.append(latin1("a"))
      guard case .needsMore = parser.next() else {
        Issue.record("asked twice")
        return
      }
      parser.append(latin1("b"))
      guard case .request = parser.next() else {
        Issue.record("no request")
        return
      }
    }
  }

  @Test("its work grows with the bytes, not with their square")
  func linear() {
    // Fed byte by byte, each of these takes minutes if every step searches all earlier bytes again.
    let head = Self.get(target: 10, head: 65_536)
    let trailer = latin1(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
        + String(repeating: "a", count: 65_000) + "\r\n\r\n")
    for bytes in [head, trailer] {
      #expect(ParserEvent.all(bytes, cutAt: Array(1..<bytes.count)).count == 1)
    }
  }

  @Test("a large body is put together without copying it again", arguments: [true, false])
  func largeBody(isChunked: Bool) {
    let size = 8 * 1024 * 1024
    var parser = RequestParser()
    let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
    parser.append(latin1("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n"))
    if isChunked { parser.append(latin1(String(size, radix: 16) + "\r\n")) }
    let piece = [UInt8](repeating: 0x61, count: 512)
    for _ in 0..<(size / piece.count) {
      parser.append(piece)
      if case .request(let request) = parser.next() {
        #expect(!isChunked && request.body.count == size)
      }
    }
    parser.append(latin1(isChunked ? "\r\n0\r\n\r\n" : ""))
    if case .request(let request) = parser.next() { #expect(request.body.count == size) }
    #expect(parser.progress == .idle)
  }
}
