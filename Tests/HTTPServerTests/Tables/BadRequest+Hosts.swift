import HTTPServer

extension BadRequest {
  static let hosts: [BadRequest] = hostFields + oddHosts

  private static let hostFields: [BadRequest] = [
    make(400, "RFC 9112, section 3.2: no Host", "GET / HTTP/1.1\r\n\r\n"),
    make(400, "RFC 9112, section 3.2: no Host beside others", "GET / HTTP/1.1\r\nX: a\r\n\r\n"),
    fields(400, "RFC 9112, section 3.2: two Hosts", "Host: b"),
    fields(400, "RFC 9112, section 3.2: the same Host twice", "host: a"),
    fields(400, "RFC 9112, section 3.2: an empty Host beside one", "Host:"),
    make(
      400, "RFC 9112, section 3.2: two Hosts in HTTP/1.0",
      "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    make(
      400, "RFC 9112, section 3.2: a bad Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n"),
    make(
      400, "RFC 9112, section 3.2.2: an address without a Host", "GET http://a/ HTTP/1.1\r\n\r\n"),
    make(
      400, "RFC 9112, section 3.2.2: an address with a bad Host",
      "GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n"),
  ]

  private static let oddHosts: [BadRequest] = oddValues.map { what, value in
    make(
      400, "RFC 9110, section 7.2: a Host with \(what)", "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n")
  }

  private static let oddValues: [(what: String, value: String)] = [
    ("a list", "a, b"), ("a list without a space", "a,b"), ("a space", "a b"),
    ("user information", "u@a"), ("a path", "a/b"), ("a byte over 127", "\u{E9}"),
    ("a port of letters", "a:http"), ("two ports", "a:80:80"), ("an open bracket", "[::1"),
    ("empty brackets", "[]"), ("more after the bracket", "[::1]a"), ("a quote", "\"a\""),
    ("a tab", "a\tb"), ("a port with a sign", "a:+80"), ("a negative port", "a:-1"),
    ("a hexadecimal port", "a:0x50"), ("letters after a port", "a:80a"),
    ("letters after a literal", "[::1]:b"), ("an address without brackets", "::1"),
    ("a scheme", "http://a"), ("a query", "a?b"), ("a fragment", "a#b"), ("a backslash", "a\\b"),
    ("angle brackets", "<a>"), ("a bracket inside", "a[::1]"), ("a closing bracket", "a]"),
    ("a bracket in a literal", "[[::1]]"), ("a brace", "{a}"), ("a bar", "a|b"),
  ]
}
