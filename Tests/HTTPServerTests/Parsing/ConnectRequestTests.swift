import Testing

@testable import HTTPServer

@Suite("A request for another host")
struct ConnectRequestTests {
  private static func step(_ text: String, _ role: ConnectionRole) -> RequestParser.Step {
    var parser = RequestParser(role: role)
    parser.append(latin1(text))
    return parser.next()
  }

  private static func request(
    _ text: String, _ role: ConnectionRole = .proxy
  ) throws -> HTTPRequest {
    guard case .request(let request) = step(text, role) else { throw RawClient.Failure.ended([]) }
    return request
  }

  @Test(
    "by CONNECT names a host and a port",
    arguments: [
      "api.cloro.dev:443", "API.cloro.dev.:443", "127.0.0.1:1", "[::1]:65535", "x:00443", "a_b:80",
    ])
  func connect(target: String) throws {
    let request = try Self.request("CONNECT \(target) HTTP/1.1\r\nHost: b\r\n\r\n")
    #expect(request.method == .connect)
    #expect(request.path == target)
    #expect(request.head.authority == target)
    #expect(request.query == nil)
    #expect(request.fields["Host"] == "b")
    #expect(!request.head.isProxied)
  }

  @Test(
    "by CONNECT is refused for any other target",
    arguments: [
      "/", "*", "x", "x:", ":443", "::443", "[]:443", "[::1]", "x:0", "x:65536", "x:100000", "x:4a",
      "x:-1", "x:+1", "http://x:443", "x:443/", "x:443?a", "u@x:443", "x,y:443", "x:443:443",
      "[x:1",
    ])
  func badTarget(target: String) {
    guard
      case .failed(let error) = Self.step("CONNECT \(target) HTTP/1.1\r\nHost: b\r\n\r\n", .proxy)
    else {
      Issue.record("taken")
      return
    }
    #expect(error == .malformed("The target of a CONNECT is not a host with its port."))
  }

  @Test("by CONNECT has no body, but may say so")
  func body() throws {
    _ = try Self.request("CONNECT x:1 HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n")
    for field in ["Content-Length: 1", "Transfer-Encoding: chunked"] {
      guard
        case .failed(let error) = Self.step(
          "CONNECT x:1 HTTP/1.1\r\nHost: b\r\n\(field)\r\n\r\nx", .proxy)
      else {
        Issue.record("taken with \(field)")
        continue
      }
      #expect(error.status == 400)
    }
  }

  @Test("by CONNECT needs no Host in HTTP/1.0, as old clients send it")
  func oldVersion() throws {
    let request = try Self.request("CONNECT x:1 HTTP/1.0\r\n\r\n")
    #expect(request.path == "x:1")
    #expect(!request.keepsAlive)
  }

  @Test(
    "by CONNECT is for a proxy alone", arguments: [ConnectionRole.server, .intercepted])
  func otherRoles(role: ConnectionRole) {
    for target in ["x:443", "/"] {
      guard
        case .failed(let error) = Self.step("CONNECT \(target) HTTP/1.1\r\nHost: b\r\n\r\n", role)
      else {
        Issue.record("taken")
        continue
      }
      #expect(error.status == 405)
    }
  }

  @Test("leaves the bytes behind it for the tunnel")
  func rest() throws {
    var parser = RequestParser(role: .proxy)
    parser.append(latin1("CONNECT x:1 HTTP/1.1\r\nHost: b\r\n\r\n\u{16}\u{3}\u{1}GET"))
    guard case .request = parser.next() else { throw RawClient.Failure.ended([]) }
    #expect(parser.takeRest() == [0x16, 3, 1] + latin1("GET"))
    #expect(parser.buffered == 0)
  }

  @Test(
    "in absolute form has the target's host in place of the field's",
    arguments: [
      ("Host: b", "Host: a:80\r\nX: 1\r\n"), ("hOST:b  ", "Host: a:80\r\nX: 1\r\n"),
    ])
  func absolute(field: String, fields: String) throws {
    let request = try Self.request(
      "GET http://a:80/b?c HTTP/1.1\r\n\(field)\r\nX: 1\r\n\r\n", .server)
    #expect(request.path == "/b")
    #expect(request.query == "c")
    #expect(request.head.authority == "a:80")
    #expect(request.fields.wire == latin1(fields))
  }

  @Test("in absolute form gets a Host in HTTP/1.0")
  func absoluteWithoutHost() throws {
    let request = try Self.request("GET http://a HTTP/1.0\r\nHosts: b\r\n\r\n")
    #expect(request.fields.wire == latin1("Host: a\r\nHosts: b\r\n"))
  }

  @Test("in absolute form has the Host that it gets counted among its fields")
  func countedHost() {
    var limits = HTTPLimits()
    limits.fields = 2
    func status(_ fields: String) -> Int? {
      var parser = RequestParser(limits: limits)
      parser.append(Array("GET http://a/ HTTP/1.0\r\n\(fields)\r\n".utf8)[...])
      return if case .failed(let error) = parser.next() { error.status } else { nil }
    }
    #expect(status("X: 1\r\n") == nil)
    #expect(status("X: 1\r\nY: 2\r\n") == 431)
    #expect(status("X: 1\r\nHost: b\r\n") == nil)
  }

  @Test("in origin form names none, and behind a CONNECT says so")
  func origin() throws {
    let request = try Self.request("GET /http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", .intercepted)
    #expect(request.head.authority == nil)
    #expect(request.head.isProxied)
  }
}
