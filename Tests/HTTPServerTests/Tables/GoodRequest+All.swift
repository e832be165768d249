import HTTPServer

extension GoodRequest {
  static let all = methods + targets + heads + bodies

  private static let methods = HTTPMethod.allCases.map { method in
    make(
      "RFC 9110, 9: \(method.rawValue)", "\(method.rawValue) / HTTP/1.1\r\nHost: a\r\n\r\n",
      method: method)
  }

  private static let targets = [
    target("RFC 9112, 3.2.1: a path", "/v1/a%20b/", path: "/v1/a%20b/"),
    target("RFC 9112, 3.2.1: a query", "/a?b=c&d", path: "/a", query: "b=c&d"),
    target("RFC 9112, 3.2.1: an empty query", "/a?", path: "/a", query: ""),
    target("RFC 9112, 3.2.1: a question mark in the query", "/a?b?c", path: "/a", query: "b?c"),
    target("RFC 9112, 3.2.1: two slashes", "//a//b", path: "//a//b"),
    target(
      "RFC 9112, 3.2.1: an address in the query", "/?u=http://a/", path: "/", query: "u=http://a/"),
    target(
      "RFC 3986, 3.4: characters that clients often leave as they are", "/?a={[|\"]}", path: "/",
      query: "a={[|\"]}"),
    target("RFC 9112, 3.2.2: an address", "http://a:80/b?c", path: "/b", query: "c"),
    target("RFC 9112, 3.2.2: an address in capitals", "HTTPS://A/b", path: "/b"),
    target("RFC 9112, 3.2.2: an address without path", "http://a", path: "/"),
    target("RFC 9112, 3.2.2: an address with a query alone", "http://a?b", path: "/", query: "b"),
    target("RFC 9112, 3.2.2: an address of an IP literal", "http://[::1]:80/", path: "/"),
    make(
      "RFC 9112, 3.2.4: the asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", method: .options,
      path: "*"),
    make("RFC 9112, 2.2: one empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make("RFC 9110, 2.5: a later minor version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
  ]

  private static let heads = [
    fields("RFC 9112, 5: no space after the colon", "X:a"),
    fields("RFC 9112, 5: white space around a value", "X: \t a \t "),
    fields("RFC 9112, 5: an empty value", "X:"),
    fields("RFC 9110, 5.5: bytes over 127 in a value", "X: \u{C3}\u{A9}\u{FF}"),
    fields("RFC 9110, 5.5: a tab in a value", "X: a\tb"),
    fields("RFC 9110, 5.6.2: all token characters in a name", "!#$%&'*+-.^_`|~09azAZ: a"),
    fields("RFC 9110, 7.6.1: close", "Connection: close", keepsAlive: false),
    fields("RFC 9110, 7.6.1: close in a list", "Connection: x ,\tClOsE", keepsAlive: false),
    fields(
      "RFC 9110, 7.6.1: close in the second field", "Connection: x\r\nConnection: close",
      keepsAlive: false),
    fields("RFC 9110, 7.6.1: a word like close", "Connection: closed"),
    fields("RFC 9112, 9.3: close wins", "Connection: keep-alive, close", keepsAlive: false),
    fields("RFC 9110, 7.8: an upgrade that isn't taken", "Connection: upgrade\r\nUpgrade: h2c"),
    fields("RFC 9110, 8.6: a length of 0", "Content-Length: 0"),
    fields("RFC 9110, 10.1.1: an expectation without body", "Expect: 100-CONTINUE"),
    make("RFC 9112, 9.3: HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", keepsAlive: false),
    make(
      "RFC 9112, 9.3: HTTP/1.0 that lives on", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
    make("RFC 9112, 3.2: an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    make("RFC 9110, 7.2: a Host with port", "GET / HTTP/1.1\r\nhost: a-b.example:8080\r\n\r\n"),
    make("RFC 9110, 7.2: a Host with an IP literal", "GET / HTTP/1.1\r\nHOST: [::1]:80\r\n\r\n"),
    make("RFC 9110, 7.2: a Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"),
  ]

  private static let bodies = [
    post("RFC 9112, 6.2: a length", "Content-Length: 5", "hello", body: "hello"),
    post(
      "RFC 9110, 8.6: a length with leading zeros", "Content-Length: 005", "hello", body: "hello"),
    post("RFC 9112, 6.2: a body of line ends", "Content-Length: 4", "\r\n\r\n", body: "\r\n\r\n"),
    post("RFC 9112, 7.1: one chunk", chunked, "5\r\nhello\r\n0\r\n\r\n", body: "hello"),
    post("RFC 9112, 7.1: two chunks", chunked, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", body: "hello"),
    post("RFC 9112, 7.1: no chunk", chunked, "0\r\n\r\n", body: ""),
    post(
      "RFC 9112, 7.1: zeros before a size", chunked, "0005\r\nhello\r\n000\r\n\r\n", body: "hello"),
    post(
      "RFC 9112, 7.1: hexadecimal sizes", chunked,
      "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", body: "01234567890123456789a"),
    post(
      "RFC 9112, 7.1.1: extensions", chunked, "5;a=b ; c=\"d\"\r\nhello\r\n0;e\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, 7.1.1: a space before an extension", chunked, "5 ;a\r\nhello\r\n0\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, 7.1.2: trailers", chunked, "5\r\nhello\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, 7: chunked in capitals", "Transfer-Encoding: CHUNKED", "1\r\na\r\n0\r\n\r\n",
      body: "a"),
    post(
      "RFC 9110, 10.1.1: an expectation", "Expect: 100-continue\r\nContent-Length: 2", "ab",
      body: "ab"),
    make(
      "RFC 9110, 10.1.1: an expectation in HTTP/1.0",
      "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", method: .post,
      body: "ab", keepsAlive: false),
  ]

  private static let chunked = "Transfer-Encoding: chunked"
}
