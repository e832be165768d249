import HTTPServer
import Testing

@Suite("The request parser")
struct RequestParserTests {
  private struct NoRequest: Error {}

  private static let follower = latin1("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")

  @Test("understands good requests", arguments: GoodRequest.all)
  func understands(_ row: GoodRequest) throws {
    var parser = RequestParser()
    parser.append(row.bytes)
    var step = parser.next()
    if case .continueExpected = step { step = parser.next() }
    guard case .request(let request) = step else {
      Issue.record("not a request: \(step)")
      return
    }
    #expect(request.method == row.method)
    #expect(request.path == row.path)
    #expect(request.query == row.query)
    #expect(request.body == latin1(row.body))
    #expect(request.keepsAlive == row.keepsAlive)
    #expect(parser.buffered == 0)
    #expect(parser.progress == .idle)
  }

  @Test("gives the same for good requests however they are cut", arguments: GoodRequest.all)
  func cutsGood(_ row: GoodRequest) {
    let bytes = row.bytes + Self.follower
    let whole = ParserEvent.all(bytes)
    #expect(whole.count == 2)
    #expect(ParserEvent.all(bytes, cutAt: Array(1..<bytes.count)) == whole)
    // A long row is not cut at every place, because the work would grow with the square of its
    // length.
    let places = stride(from: 1, to: bytes.count, by: 1 + bytes.count / 1000)
    let wrong = places.filter { ParserEvent.all(bytes, cutAt: [$0]) != whole }
    #expect(wrong.isEmpty)
  }

  @Test("refuses bad requests and reads nothing after them", arguments: BadRequest.all)
  func refuses(_ row: BadRequest) {
    #expect(ParserEvent.all(row.bytes, limits: row.limits) == [.failed(row.status)])
    let followed = row.bytes + latin1("\r\n\r\n") + Self.follower + Self.follower
    #expect(ParserEvent.all(followed, limits: row.limits) == [.failed(row.status)])
  }

  @Test("refuses bad requests alike however they are cut", arguments: BadRequest.all)
  func cutsBad(_ row: BadRequest) {
    let bytes = row.bytes + Self.follower
    let expected = [ParserEvent.failed(row.status)]
    #expect(
      ParserEvent.all(bytes, cutAt: Array(1..<bytes.count), limits: row.limits) == expected)
    let wrong = (1..<bytes.count).filter {
      ParserEvent.all(bytes, cutAt: [$0], limits: row.limits) != expected
    }
    #expect(wrong.isEmpty)
  }

  @Test("refuses what is huge and reads nothing after it", arguments: BadRequest.huge)
  func refusesHuge(_ row: BadRequest) {
    let followed = row.bytes + Self.follower
    let pieces = Array(stride(from: 1, to: followed.count, by: 1000))
    for cuts in [[], pieces] {
      #expect(ParserEvent.all(followed, cutAt: cuts, limits: row.limits) == [.failed(row.status)])
    }
  }

  @Test("the tables have hundreds of rows, each with the section that judges it")
  func tables() {
    let rows = (BadRequest.all + BadRequest.huge).map(\.label) + GoodRequest.all.map(\.label)
    #expect(BadRequest.all.count >= 300 && GoodRequest.all.count >= 70)
    #expect(Set(rows).count == rows.count)
    for row in rows {
      #expect(
        row.prefixMatch(of: /RFC (3986|6585|9110|9112|9113), section [0-9.]+: ./) != nil, "\(row)")
    }
  }

  @Test("a good request before a bad one is given, and nothing after it")
  func goodThenBad() {
    let bytes = Self.follower + latin1("GET / HTTP/1.1\r\n\r\n") + Self.follower
    let events = ParserEvent.all(bytes)
    #expect(events.count == 2)
    #expect(events.last == .failed(400))
  }

  @Test("reads a head that comes again as it was read before", arguments: GoodRequest.all)
  func again(_ row: GoodRequest) {
    let one = ParserEvent.all(row.bytes) + ParserEvent.all(Self.follower)
    let bytes = row.bytes + Self.follower
    #expect(ParserEvent.all(row.bytes + row.bytes + bytes) == [one[0], one[0]] + one)
    #expect(ParserEvent.all(bytes + bytes, cutAt: Array(1..<bytes.count * 2)) == one + one)
  }

  @Test("refuses bad requests after a good one that begins alike", arguments: BadRequest.all)
  func refusesLater(_ row: BadRequest) {
    let bytes = Self.follower + Self.follower + row.bytes
    let good = ParserEvent.all(Self.follower)
    // The limits of some rows are too tight for the following request.
    guard ParserEvent.all(Self.follower, limits: row.limits) == good else { return }
    #expect(ParserEvent.all(bytes, limits: row.limits) == good + good + [.failed(row.status)])
  }

  @Test("requests share a head that comes again, byte for byte, unless it is large")
  func shares() throws {
    var parser = RequestParser()
    func head(_ path: String, _ more: String = "", body: String = "") throws -> RequestHead {
      let fields = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
      parser.append(latin1("POST \(path) HTTP/1.1\r\nHost: a\r\n\(more)\(fields)\r\n\(body)"))
      guard case .request(let request) = parser.next() else { throw NoRequest() }
      #expect(request.body == latin1(body))
      return request.head
    }
    let first = try head("/a", body: "one")
    #expect(try head("/a", body: "two") === first)
    #expect(try head("/b", body: "two") !== first)
    #expect(try head("/a", body: "two") !== first)
    #expect(try head("/a", body: "more") !== head("/a", body: "two"))
    #expect(try head("/a", "X: b\r\n") !== head("/a", "X: B\r\n"))
    let large = "X: \(String(repeating: "b", count: 1024))\r\n"
    #expect(try head("/a", large) !== head("/a", large))
  }

  @Test("keeps nothing of what comes after an error")
  func dropsAfterError() {
    var parser = RequestParser()
    parser.append(latin1("\n"))
    _ = parser.next()
    parser.append([UInt8](repeating: 0x41, count: 1_000_000))
    #expect(parser.buffered == 0)
    #expect(parser.progress == .failed)
  }

  @Test("says how far a request has come")
  func progress() {
    var parser = RequestParser()
    #expect(parser.progress == .idle)
    parser.append(latin1("PO"))
    _ = parser.next()
    #expect(parser.progress == .head)
    parser.append(latin1("ST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na"))
    _ = parser.next()
    #expect(parser.progress == .body)
    parser.append(latin1("b"))
    _ = parser.next()
    #expect(parser.progress == .idle)
  }

  @Test(
    "knows a HEAD request, whole or refused",
    arguments: [
      ("HEAD / HTTP/1.1\r\n", true), ("HEAD / HTTP/1.1\r\n\r\n", true), ("HEA", false),
      ("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", true),
      ("GET / HTTP/1.1\r\n\r\n", false), ("HEADER / HTTP/1.1\r\nHost: a\r\n\r\n", false),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nHEAD \r\n", false),
    ])
  func head(text: String, isHead: Bool) {
    var parser = RequestParser()
    parser.append(latin1(text))
    _ = parser.next()
    #expect(parser.isHead == isHead)
  }
}
