import HTTPServer

extension BadRequest {
  static let requestLines: [BadRequest] = [
    line(400, "RFC 9112, 3: no method", " / HTTP/1.1"),
    line(400, "RFC 9112, 3: only a method", "GET"),
    line(400, "RFC 9112, 3: no target", "GET  HTTP/1.1"),
    line(400, "RFC 9112, 3: no target and no second space", "GET HTTP/1.1"),
    line(400, "RFC 9112, 3: no version (HTTP/0.9)", "GET /"),
    line(400, "RFC 9112, 3: an empty version", "GET / "),
    line(400, "RFC 9112, 3: two spaces before the target", "GET  / HTTP/1.1"),
    line(400, "RFC 9112, 3: two spaces before the version", "GET /  HTTP/1.1"),
    line(400, "RFC 9112, 3: a space after the version", "GET / HTTP/1.1 "),
    line(400, "RFC 9112, 3: a tab for a space", "GET\t/ HTTP/1.1"),
    line(400, "RFC 9112, 3: a tab before the version", "GET /\tHTTP/1.1"),
    line(400, "RFC 9112, 3: a space in the target", "GET /a b HTTP/1.1"),
    line(400, "RFC 9112, 3.1: a slash in the method", "GE/T / HTTP/1.1"),
    line(400, "RFC 9112, 3.1: a colon in the method", "GET: / HTTP/1.1"),
    line(400, "RFC 9112, 3.1: a byte over 127 in the method", "G\u{C9}T / HTTP/1.1"),
    line(400, "RFC 9112, 3.2: a byte over 127 in the target", "GET /\u{E9} HTTP/1.1"),
    line(400, "RFC 9112, 3.2: DEL in the target", "GET /\u{7F} HTTP/1.1"),
    line(400, "RFC 9112, 3.2: a fragment in the target", "GET /a#b HTTP/1.1"),
    line(400, "RFC 9112, 3.2.1: a target without a slash", "GET a HTTP/1.1"),
    line(400, "RFC 9112, 3.2.2: an unknown scheme", "GET ftp://a/ HTTP/1.1"),
    line(400, "RFC 9112, 3.2.2: no authority", "GET http:///a HTTP/1.1"),
    line(400, "RFC 9112, 3.2.2: an authority of a port alone", "GET http://:80/ HTTP/1.1"),
    line(400, "RFC 9112, 3.2.2: a scheme alone", "GET http:// HTTP/1.1"),
    line(400, "RFC 9110, 4.2.4: user information in the target", "GET http://u@a/ HTTP/1.1"),
    line(400, "RFC 9112, 3.2.3: the authority form for GET", "GET a:80 HTTP/1.1"),
    line(400, "RFC 9112, 3.2.4: the asterisk form for GET", "GET * HTTP/1.1"),
    line(400, "RFC 9112, 3.2.4: an asterisk and more", "OPTIONS *a HTTP/1.1"),
    line(400, "RFC 9112, 2.3: the name of the protocol in lower case", "GET / http/1.1"),
    line(400, "RFC 9112, 2.3: a version of one number", "GET / HTTP/1"),
    line(400, "RFC 9112, 2.3: a version of two digits", "GET / HTTP/1.10"),
    line(400, "RFC 9112, 2.3: a signed version", "GET / HTTP/+1.1"),
    line(400, "RFC 9112, 2.3: another protocol", "GET / ICY/1.1"),
    line(505, "RFC 9110, 15.6.6: HTTP/2.0", "GET / HTTP/2.0"),
    line(505, "RFC 9110, 15.6.6: HTTP/0.9 by name", "GET / HTTP/0.9"),
    make(
      505, "RFC 9113, 3.4: the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    line(501, "RFC 9110, 9.1: a method in lower case", "get / HTTP/1.1"),
    line(501, "RFC 9110, 9.1: an unknown method", "BREW / HTTP/1.1"),
    line(501, "RFC 9110, 9.1: a method of odd token characters", "!#$%&'*+-.^_`|~ / HTTP/1.1"),
    line(405, "RFC 9110, 9.3.6: CONNECT", "CONNECT a:80 HTTP/1.1"),
    line(405, "RFC 9110, 9.3.8: TRACE", "TRACE / HTTP/1.1"),
    make(400, "RFC 9112, 2.2: two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(400, "RFC 9112, 2.2: a bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(400, "RFC 9112, 2.2: a bare CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(400, "RFC 9112, 2.2: the request line ends in bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    make(400, "RFC 9112, 2.2: the request line ends in bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n"),
    make(400, "RFC 9112, 2.2: two CRs", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, 2.2: white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"
    ),
    make(400, "RFC 9110, 5.5: NUL in the request line", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(
      400, "no HTTP at all: the start of TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}"),
    make(400, "no HTTP at all: SSH", "SSH-2.0-OpenSSH_9.6\r\n\r\n"),
  ]

  static let fieldLines: [BadRequest] = [
    fields(400, "RFC 9112, 5.1: a space before the colon", "X : a"),
    fields(400, "RFC 9112, 5.1: a tab before the colon", "X\t: a"),
    fields(400, "RFC 9112, 5.1: a space before the colon of a length", "Content-Length : 5"),
    fields(400, "RFC 9112, 5.1: no name", ": a"),
    fields(400, "RFC 9112, 5.1: no colon", "X"),
    fields(400, "RFC 9112, 5.1: a space in a name", "X Y: a"),
    fields(400, "RFC 9112, 5.1: a parenthesis in a name", "X(: a"),
    fields(400, "RFC 9112, 5.1: a byte over 127 in a name", "X\u{E9}: a"),
    fields(400, "RFC 9112, 5.1: a quote in a name", "\"X\": a"),
    fields(400, "RFC 9112, 5.2: a fold by a space", "X: a\r\n b"),
    fields(400, "RFC 9112, 5.2: a fold by a tab", "X: a\r\n\tb"),
    fields(400, "RFC 9112, 5.2: a folded length", "Content-Length:\r\n 5"),
    fields(400, "RFC 9110, 5.5: NUL in a value", "X: a\u{0}b"),
    fields(400, "RFC 9110, 5.5: a bare CR in a value", "X: a\rb"),
    fields(400, "RFC 9110, 5.5: a bare CR that hides a field", "X: a\rContent-Length: 5"),
    fields(400, "RFC 9110, 5.5: a bare LF in a value", "X: a\nY: b"),
    fields(400, "RFC 9110, 5.5: a bare LF before a length", "X: a\nContent-Length: 5"),
    fields(400, "RFC 9110, 5.5: DEL in a value", "X: a\u{7F}"),
    fields(400, "RFC 9110, 5.5: BEL in a value", "X: \u{7}"),
    fields(400, "RFC 9110, 5.5: NUL in a name", "X\u{0}: a"),
    make(400, "RFC 9112, 2.2: the head ends in bare LF", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
    make(400, "RFC 9112, 2.2: the head ends in LF alone", "GET / HTTP/1.1\r\nHost: a\n\n"),
    make(400, "RFC 9112, 2.2: the head ends in CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"),
    fields(417, "RFC 9110, 10.1.1: an unknown expectation", "Expect: 200-ok"),
    fields(417, "RFC 9110, 10.1.1: two expectations", "Expect: 100-continue, 200-ok"),
    fields(417, "RFC 9110, 10.1.1: no expectation", "Expect:"),
  ]

  static let hosts: [BadRequest] =
    [
      make(400, "RFC 9112, 3.2: no Host", "GET / HTTP/1.1\r\n\r\n"),
      make(400, "RFC 9112, 3.2: no Host beside others", "GET / HTTP/1.1\r\nX: a\r\n\r\n"),
      fields(400, "RFC 9112, 3.2: two Hosts", "Host: b"),
      fields(400, "RFC 9112, 3.2: the same Host twice", "host: a"),
    ]
    + [
      ("a list", "a, b"), ("a list without a space", "a,b"), ("a space", "a b"),
      ("user information", "u@a"), ("a path", "a/b"), ("a byte over 127", "\u{E9}"),
      ("a port of letters", "a:http"), ("two ports", "a:80:80"), ("an open bracket", "[::1"),
      ("empty brackets", "[]"), ("more after the bracket", "[::1]a"), ("a quote", "\"a\""),
    ].map { what, value in
      make(
        400, "RFC 9110, 7.2: a Host with \(what)", "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n")
    }
}
