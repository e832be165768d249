import HTTPServer

extension GoodRequest {
  static let all = methods + targets + heads + bodies

  private static let methods = HTTPMethod.allCases.filter { $0 != .connect }.map { method in
    make(
      "RFC 9110, section 9: \(method.rawValue)", "\(method.rawValue) / HTTP/1.1\r\nHost: a\r\n\r\n",
      method: method)
  }

  private static let targets: [GoodRequest] = [
    target("RFC 9112, section 3.2.1: a path", "/v1/a%20b/", path: "/v1/a%20b/"),
    target("RFC 9112, section 3.2.1: a query", "/a?b=c&d", path: "/a", query: "b=c&d"),
    target("RFC 9112, section 3.2.1: an empty query", "/a?", path: "/a", query: ""),
    target(
      "RFC 9112, section 3.2.1: a question mark in the query", "/a?b?c", path: "/a", query: "b?c"),
    target("RFC 9112, section 3.2.1: two slashes", "//a//b", path: "//a//b"),
    target(
      "RFC 9112, section 3.2.1: an address in the query", "/?u=http://a/", path: "/",
      query: "u=http://a/"),
    target(
      "RFC 3986, section 3.4: characters that clients often leave as they are", "/?a={[|\"]}",
      path: "/",
      query: "a={[|\"]}"),
    target("RFC 9112, section 3.2.2: an address", "http://a:80/b?c", path: "/b", query: "c"),
    target("RFC 9112, section 3.2.2: an address in capitals", "HTTPS://A/b", path: "/b"),
    target("RFC 9112, section 3.2.2: an address without path", "http://a", path: "/"),
    target(
      "RFC 9112, section 3.2.2: an address with a query alone",
      "http://a?b", path: "/", query: "b"),
    target("RFC 9112, section 3.2.2: an address of an IP literal", "http://[::1]:80/", path: "/"),
    make(
      "RFC 9112, section 3.2.4: the asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      method: .options,
      path: "*"),
    target("RFC 9112, section 3.2.1: dot segments stay", "/a/../b/./c", path: "/a/../b/./c"),
    target("RFC 9112, section 3.2.1: dot segments alone", "/../..", path: "/../.."),
    target(
      "RFC 3986, section 2.1: encoded octets stay", "/%2e%2E/%2f%00%zz%", path: "/%2e%2E/%2f%00%zz%"
    ),
    target(
      "RFC 3986, section 3.3: all its characters",
      "/-._~!$&'()*+,;=:@", path: "/-._~!$&'()*+,;=:@"),
    target("RFC 9112, section 3.2.1: an address for a path", "/http://a/", path: "/http://a/"),
    target("RFC 9112, section 3.2.1: a backslash in the path", "/a\\..\\b", path: "/a\\..\\b"),
    target("RFC 9112, section 3.2.2: another host than Host", "http://b.example/c", path: "/c"),
    target("RFC 9112, section 3.2.2: dot segments in an address", "http://a/../b", path: "/../b"),
    target("RFC 9112, section 3.2.2: two slashes after the authority", "http://a//b", path: "//b"),
    target("RFC 9112, section 3.2.2: an asterisk in an address", "http://a/*", path: "/*"),
    target("RFC 9112, section 3: a target of 10,000 bytes", "/\(long)", path: "/\(long)"),
    make("RFC 9112, section 2.2: one empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make("RFC 9110, section 2.5: a later minor version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
  ]

  private static let heads: [GoodRequest] = [
    fields("RFC 9112, section 5: no space after the colon", "X:a"),
    fields("RFC 9112, section 5: white space around a value", "X: \t a \t "),
    fields("RFC 9112, section 5: an empty value", "X:"),
    fields("RFC 9110, section 5.5: bytes over 127 in a value", "X: \u{C3}\u{A9}\u{FF}"),
    fields("RFC 9110, section 5.5: a tab in a value", "X: a\tb"),
    fields("RFC 9110, section 5.6.2: all token characters in a name", "!#$%&'*+-.^_`|~09azAZ: a"),
    fields("RFC 9110, section 5.5: a value of 10,000 bytes", "X: \(long)"),
    fields("RFC 9110, section 5.3: a field in two lines", "X: a\r\nX: b"),
    fields("RFC 9110, section 5.5: a comma and a quote", "X: ,\"a"),
    fields("RFC 9110, section 5.1: a name like that of a length", "Content_Length: 5"),
    fields("RFC 9110, section 5.1: 199 fields", String(repeating: "A:\r\n", count: 198) + "B:"),
    fields("RFC 9110, section 6.6.2: trailers are announced", "Trailer: X\r\nTE: trailers"),
    fields("RFC 9110, section 7.6.1: an empty list", "Connection: ,,"),
    fields(
      "RFC 9110, section 7.6.1: a field that goes with the connection", "Connection: Content-Length"
    ),
    fields("RFC 9110, section 7.6.1: close", "Connection: close", keepsAlive: false),
    fields("RFC 9110, section 7.6.1: close in a list", "Connection: x ,\tClOsE", keepsAlive: false),
    fields(
      "RFC 9110, section 7.6.1: close in the second field", "Connection: x\r\nConnection: close",
      keepsAlive: false),
    fields("RFC 9110, section 7.6.1: a word like close", "Connection: closed"),
    fields("RFC 9112, section 9.3: close wins", "Connection: keep-alive, close", keepsAlive: false),
    fields(
      "RFC 9110, section 7.8: an upgrade that isn't taken", "Connection: upgrade\r\nUpgrade: h2c"),
    fields("RFC 9110, section 8.6: a length of 0", "Content-Length: 0"),
    fields("RFC 9110, section 10.1.1: an expectation without body", "Expect: 100-CONTINUE"),
    make("RFC 9112, section 9.3: HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", keepsAlive: false),
    make(
      "RFC 9112, section 9.3: HTTP/1.0 that lives on",
      "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
    make(
      "RFC 9112, section 9.3: close in HTTP/1.0",
      "GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", keepsAlive: false),
    make(
      "RFC 9112, section 3.2: the Host stands last", "GET / HTTP/1.1\r\nX: a\r\nHost: \ta\t\r\n\r\n"
    ),
    make("RFC 9112, section 3.2: an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    make(
      "RFC 9110, section 7.2: a Host with port",
      "GET / HTTP/1.1\r\nhost: a-b.example:8080\r\n\r\n"),
    make(
      "RFC 9110, section 7.2: a Host with an IP literal", "GET / HTTP/1.1\r\nHOST: [::1]:80\r\n\r\n"
    ),
    make("RFC 9110, section 7.2: a Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"),
  ]

  private static let long = String(repeating: "a", count: 10_000)
}
