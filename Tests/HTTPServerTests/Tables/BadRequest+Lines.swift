import HTTPServer

extension BadRequest {
  static let requestLines: [BadRequest] = [
    line(400, "RFC 9112, section 3: no method", " / HTTP/1.1"),
    line(400, "RFC 9112, section 3: only a method", "GET"),
    line(400, "RFC 9112, section 3: no target", "GET  HTTP/1.1"),
    line(400, "RFC 9112, section 3: no target and no second space", "GET HTTP/1.1"),
    line(400, "RFC 9112, section 3: no version (HTTP/0.9)", "GET /"),
    line(400, "RFC 9112, section 3: an empty version", "GET / "),
    line(400, "RFC 9112, section 3: two spaces before the target", "GET  / HTTP/1.1"),
    line(400, "RFC 9112, section 3: two spaces before the version", "GET /  HTTP/1.1"),
    line(400, "RFC 9112, section 3: a space after the version", "GET / HTTP/1.1 "),
    line(400, "RFC 9112, section 3: a tab for a space", "GET\t/ HTTP/1.1"),
    line(400, "RFC 9112, section 3: a tab before the version", "GET /\tHTTP/1.1"),
    line(400, "RFC 9112, section 3: a space in the target", "GET /a b HTTP/1.1"),
    line(400, "RFC 9112, section 3.1: a slash in the method", "GE/T / HTTP/1.1"),
    line(400, "RFC 9112, section 3.1: a colon in the method", "GET: / HTTP/1.1"),
    line(400, "RFC 9112, section 3.1: a byte over 127 in the method", "G\u{C9}T / HTTP/1.1"),
    line(400, "RFC 9112, section 2.3: the name of the protocol in lower case", "GET / http/1.1"),
    line(400, "RFC 9112, section 2.3: a version of one number", "GET / HTTP/1"),
    line(400, "RFC 9112, section 2.3: a version of two digits", "GET / HTTP/1.10"),
    line(400, "RFC 9112, section 2.3: a signed version", "GET / HTTP/+1.1"),
    line(400, "RFC 9112, section 2.3: another protocol", "GET / ICY/1.1"),
    line(505, "RFC 9110, section 15.6.6: HTTP/2.0", "GET / HTTP/2.0"),
    line(505, "RFC 9110, section 15.6.6: HTTP/0.9 by name", "GET / HTTP/0.9"),
    make(
      505, "RFC 9113, section 3.4: the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    line(501, "RFC 9110, section 9.1: a method in lower case", "get / HTTP/1.1"),
    line(501, "RFC 9110, section 9.1: an unknown method", "BREW / HTTP/1.1"),
    line(
      501, "RFC 9110, section 9.1: a method of odd token characters", "!#$%&'*+-.^_`|~ / HTTP/1.1"),
    line(405, "RFC 9110, section 9.3.6: CONNECT", "CONNECT a:80 HTTP/1.1"),
    line(405, "RFC 9110, section 9.3.8: TRACE", "TRACE / HTTP/1.1"),
    make(
      400, "RFC 9112, section 2.2: two empty lines first",
      "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(400, "RFC 9112, section 2.2: a bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(400, "RFC 9112, section 2.2: a bare CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: the request line ends in bare LF",
      "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: the request line ends in bare CR",
      "GET / HTTP/1.1\rHost: a\r\n\r\n"),
    make(400, "RFC 9112, section 2.2: two CRs", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: white space before the first field",
      "GET / HTTP/1.1\r\n Host: a\r\n\r\n"
    ),
    make(
      400, "RFC 9110, section 5.5: NUL in the request line",
      "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, section 3: the start of TLS",
      "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}"),
    make(400, "RFC 9112, section 3: the start of SSH", "SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    line(400, "RFC 9112, section 2.2: a space before the method", " GET / HTTP/1.1"),
    line(400, "RFC 9112, section 3: a vertical tab for a space", "GET\u{B}/ HTTP/1.1"),
    line(400, "RFC 9112, section 3: a form feed before the version", "GET /\u{C}HTTP/1.1"),
    line(400, "RFC 9112, section 3: a tab after the version", "GET / HTTP/1.1\t"),
    line(400, "RFC 9112, section 3: four words", "GET / HTTP/1.1 HTTP/1.1"),
    line(400, "RFC 9112, section 3: words in another order", "HTTP/1.1 GET /"),
    line(400, "RFC 9112, section 3: the status line of an answer", "HTTP/1.1 200 OK"),
    line(400, "RFC 9112, section 3.1: NUL in the method", "G\u{0}T / HTTP/1.1"),
    line(400, "RFC 9112, section 3.1: ESC before the method", "\u{1B}GET / HTTP/1.1"),
    line(400, "RFC 9112, section 3.1: a quote in the method", "\"GET\" / HTTP/1.1"),
    line(400, "RFC 9112, section 2.3: three numbers", "GET / HTTP/1.1.1"),
    line(400, "RFC 9112, section 2.3: a zero before the version", "GET / HTTP/01.1"),
    line(400, "RFC 9112, section 2.3: a comma in the version", "GET / HTTP/1,1"),
    line(400, "RFC 9112, section 2.3: a letter for a digit", "GET / HTTP/1.x"),
    line(400, "RFC 9112, section 2.3: a wide digit", "GET / HTTP/1.\u{B9}"),
    line(400, "RFC 9112, section 2.3: no slash", "GET / HTTP1.1"),
    line(400, "RFC 9112, section 2.3: a space in the version", "GET / HTTP/ 1.1"),
    line(400, "RFC 9112, section 2.3: the name of a secure protocol", "GET / HTTPS/1.1"),
    line(400, "RFC 9112, section 2.3: NUL after the version", "GET / HTTP/1.1\u{0}"),
    line(505, "RFC 9110, section 15.6.6: HTTP/3.0", "GET / HTTP/3.0"),
    line(
      501, "RFC 9110, section 9.1: a long method",
      "\(String(repeating: "M", count: 999)) / HTTP/1.1"),
    line(501, "RFC 9110, section 9.1: a method in mixed case", "Post / HTTP/1.1"),
    line(501, "RFC 9110, section 9.1: a method with a known beginning", "GETS / HTTP/1.1"),
    line(405, "RFC 9110, section 9.3.6: CONNECT to a path", "CONNECT / HTTP/1.1"),
    make(
      400, "RFC 9112, section 2.2: an LF first, then CR", "\n\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: a space and an empty line first", " \r\nGET / HTTP/1.1\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: a mark of the byte order first",
      "\u{EF}\u{BB}\u{BF}GET / HTTP/1.1\r\n\r\n"),
  ]
}
