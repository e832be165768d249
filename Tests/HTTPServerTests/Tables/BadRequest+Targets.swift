import HTTPServer

extension BadRequest {
  static let targets: [BadRequest] = [
    line(400, "RFC 9112, section 3.2: a byte over 127 in the target", "GET /\u{E9} HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: DEL in the target", "GET /\u{7F} HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: a fragment in the target", "GET /a#b HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.1: a target without a slash", "GET a HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: an unknown scheme", "GET ftp://a/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: no authority", "GET http:///a HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: an authority of a port alone", "GET http://:80/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a scheme alone", "GET http:// HTTP/1.1"),
    line(
      400, "RFC 9110, section 4.2.4: user information in the target", "GET http://u@a/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.3: the authority form for GET", "GET a:80 HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.4: the asterisk form for GET", "GET * HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.4: an asterisk and more", "OPTIONS *a HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: a backslash for a path", "GET \\ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: a query alone", "GET ?a HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: a fragment alone", "GET # HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: a fragment after the slash", "GET /# HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: a fragment in the query", "GET /?a#b HTTP/1.1"),
    line(400, "RFC 9112, section 3.2: an encoded slash alone", "GET %2F HTTP/1.1"),
    line(
      400, "RFC 9112, section 3.2.1: dot segments without a slash", "GET ../etc/passwd HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.1: a dot", "GET . HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a path of this machine", "GET file:///etc/passwd HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a web socket", "GET ws://a/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: one slash after the scheme", "GET http:/a HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: no slash after the scheme", "GET http:a HTTP/1.1"),
    line(
      400, "RFC 9112, section 3.2.2: a scheme of a secure address alone", "GET https:// HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a query for an authority", "GET http://?a HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a port of letters", "GET http://a:b/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: two ports", "GET http://a:80:80/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: an open bracket", "GET http://[::1/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a list of hosts", "GET http://a,b/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a fragment after the authority", "GET http://a#b HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.2: a fragment in an address", "GET http://a/#b HTTP/1.1"),
    line(400, "RFC 9110, section 4.2.4: a user and a password", "GET https://u:p@a/ HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.3: the authority form for OPTIONS", "OPTIONS a:80 HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.4: the asterisk form for HEAD", "HEAD * HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.4: the asterisk form for POST", "POST * HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.4: two asterisks", "OPTIONS ** HTTP/1.1"),
    line(400, "RFC 9112, section 3.2.4: an asterisk with a query", "OPTIONS *?a HTTP/1.1"),
  ]
}
