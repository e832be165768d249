import HTTPServer

extension BadRequest {
  static let lengths: [BadRequest] =
    [
      fields(400, "RFC 9112, 6.3: two different lengths", "Content-Length: 5\r\nContent-Length: 6"),
      fields(400, "RFC 9112, 6.3: the same length twice", "Content-Length: 5\r\ncontent-length: 5"),
      fields(
        400, "RFC 9112, 6.3: a length beside chunked",
        "Content-Length: 5\r\nTransfer-Encoding: chunked"),
      fields(
        400, "RFC 9112, 6.3: chunked beside a length",
        "Transfer-Encoding: chunked\r\nContent-Length: 5"),
      fields(
        400, "RFC 9112, 6.3: chunked beside a length of 0",
        "Transfer-Encoding: chunked\r\nContent-Length: 0"),
      fields(413, "RFC 9110, 15.5.14: a body over the limit", "Content-Length: 33554433"),
      fields(413, "RFC 9110, 8.6: a length over 64 bits", "Content-Length: 99999999999999999999"),
      fields(413, "RFC 9110, 8.6: a length of 2^64", "Content-Length: 18446744073709551616"),
      fields(413, "RFC 9110, 8.6: a length of 2^63 - 1", "Content-Length: 9223372036854775807"),
      fields(
        413, "RFC 9110, 10.1.1: a body over the limit that waits for 100",
        "Expect: 100-continue\r\nContent-Length: 33554433"),
    ]
    + [
      ("a plus sign", "+5"), ("a minus sign", "-5"), ("a hexadecimal number", "0x5"),
      ("hexadecimal digits", "A"), ("a list", "5, 5"), ("a list without a space", "5,5"),
      ("nothing", ""), ("white space alone", " \t"), ("a fraction", "5.0"), ("an exponent", "5e0"),
      ("two numbers", "5 5"), ("a word", "five"), ("quotes", "\"5\""), ("an underscore", "1_0"),
      ("a wide digit", "\u{B2}"), ("a semicolon", "5;"),
    ].map { what, value in
      fields(400, "RFC 9110, 8.6: a length with \(what)", "Content-Length: \(value)")
    }

  static let codings: [BadRequest] = [
    fields(400, "RFC 9112, 6.3: a coding that isn't chunked", "Transfer-Encoding: gzip"),
    fields(400, "RFC 9112, 6.3: identity", "Transfer-Encoding: identity"),
    fields(400, "RFC 9112, 6.3: chunked isn't last", "Transfer-Encoding: chunked, gzip"),
    fields(400, "RFC 9112, 7.1: chunked twice", "Transfer-Encoding: chunked, chunked"),
    fields(
      400, "RFC 9112, 7.1: chunked in two fields",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    fields(400, "RFC 9112, 6.1: no coding", "Transfer-Encoding:"),
    fields(400, "RFC 9112, 6.1: an empty list", "Transfer-Encoding: ,"),
    fields(400, "RFC 9112, 6.1: a comma after chunked", "Transfer-Encoding: chunked,"),
    fields(400, "RFC 9112, 7.1: chunked with a parameter", "Transfer-Encoding: chunked;a=b"),
    fields(400, "RFC 9112, 6.1: a word like chunked", "Transfer-Encoding: xchunked"),
    fields(400, "RFC 9112, 6.1: chunked in quotes", "Transfer-Encoding: \"chunked\""),
    fields(400, "RFC 9110, 5.5: a vertical tab before chunked", "Transfer-Encoding: \u{B}chunked"),
    fields(
      501, "RFC 9112, 6.1: an unknown coding before chunked", "Transfer-Encoding: gzip, chunked"),
    make(
      400, "RFC 9112, 6.1: a coding in HTTP/1.0",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ]

  static let chunkedBodies: [BadRequest] = [
    chunked(400, "RFC 9112, 7.1: a size that isn't hexadecimal", "g\r\n"),
    chunked(400, "RFC 9112, 7.1: an empty size", "\r\nhello"),
    chunked(400, "RFC 9112, 7.1: a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a space before a size", " 5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a space after a size", "5 \r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a word after a size", "5 a\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a size line ends in bare LF", "5\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a size line ends in bare CR", "5\rhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a chunk shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a chunk ends in bare LF", "5\r\nhello\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a chunk ends in bare CR", "5\r\nhello\r0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: the body ends in bare LF", "0\r\n\n"),
    chunked(400, "RFC 9112, 7.1: the last size ends in bare LF", "0\n\r\n"),
    chunked(400, "RFC 9112, 7.1.1: NUL in an extension", "5;\u{0}\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1.1: a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1.1: a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1: a size line without end", String(repeating: "0", count: 1025)),
    chunked(413, "RFC 9112, 7.1: a size over the limit", "2000001\r\n"),
    chunked(413, "RFC 9112, 7.1: a size over 64 bits", "10000000000000005\r\nhello\r\n"),
    chunked(413, "RFC 9112, 7.1: a size of 2^63", "8000000000000000\r\n"),
    chunked(413, "RFC 9112, 7.1: a size of 2^64 - 1", "ffffffffffffffff\r\n"),
    chunked(
      413, "RFC 9110, 15.5.14: chunks over the limit", "20\r\n\(thirtyTwo)\r\n1\r\n", limits: .tight
    ),
    chunked(400, "RFC 9112, 7.1.2: a trailer without colon", "0\r\nX\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1.2: a trailer without name", "0\r\n: a\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1.2: a space before a trailer's colon", "0\r\nX : a\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1.2: a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"),
    chunked(400, "RFC 9112, 7.1.2: a trailer ends in bare LF", "0\r\nX: a\n\r\n"),
    chunked(400, "RFC 9112, 7.1.2: NUL in a trailer", "0\r\nX: \u{0}\r\n\r\n"),
  ]

  static let tooLarge: [BadRequest] = [
    line(
      414, "RFC 9112, 3: a request line over the limit", "GET /\(forty) HTTP/1.1", limits: .tight),
    make(414, "RFC 9112, 3: a request line without end", "GET /\(forty)\(forty)", limits: .tight),
    make(
      414, "RFC 9112, 3: a head without line end", "GET /\(String(repeating: "a", count: 200))",
      limits: .tight),
    fields(
      431, "RFC 6585, 5: a field over the limit", "X: \(forty)\(forty)\(forty)\(forty)",
      limits: .tight),
    make(
      431, "RFC 6585, 5: a head without end",
      "GET / HTTP/1.1\r\nHost: a\r\nX: \(forty)\(forty)\(forty)\(forty)", limits: .tight),
    fields(431, "RFC 6585, 5: too many fields", "A:\r\nB:\r\nC:\r\nD:\r\nE:", limits: .tight),
    fields(413, "RFC 9110, 15.5.14: a length over the limit", "Content-Length: 33", limits: .tight),
    chunked(
      431, "RFC 6585, 5: too many trailers", "0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\n\r\n",
      limits: .tight),
    chunked(
      431, "RFC 6585, 5: trailers over the limit",
      "0\r\nA: \(forty)\(forty)\r\nB: \(forty)\(forty)\r\n\r\n", limits: .tight),
    chunked(
      431, "RFC 9112, 7.1.1: extensions over the limit",
      "1;\(forty)\(forty)\r\na\r\n1;\(forty)\(forty)\r\na\r\n", limits: .tight),
  ]

  private static let forty = String(repeating: "a", count: 40)
  private static let thirtyTwo = String(repeating: "a", count: 32)
}
