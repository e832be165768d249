import HTTPServer

extension BadRequest {
  static let lengths: [BadRequest] = lengthFields + oddLengths

  private static let lengthFields: [BadRequest] = [
    fields(
      400, "RFC 9112, section 6.3: two different lengths",
      "Content-Length: 5\r\nContent-Length: 6"),
    fields(
      400, "RFC 9112, section 6.3: the same length twice",
      "Content-Length: 5\r\ncontent-length: 5"),
    fields(
      400, "RFC 9112, section 6.3: a length beside chunked",
      "Content-Length: 5\r\nTransfer-Encoding: chunked"),
    fields(
      400, "RFC 9112, section 6.3: chunked beside a length",
      "Transfer-Encoding: chunked\r\nContent-Length: 5"),
    fields(
      400, "RFC 9112, section 6.3: chunked beside a length of 0",
      "Transfer-Encoding: chunked\r\nContent-Length: 0"),
    fields(
      400, "RFC 9112, section 6.3: a length of 0 twice", "Content-Length: 0\r\nContent-Length: 0"),
    fields(
      400, "RFC 9112, section 6.3: three lengths",
      "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 5"),
    fields(
      400, "RFC 9112, section 6.3: a length and an empty one",
      "Content-Length: 5\r\nContent-Length:"),
    fields(
      400, "RFC 9112, section 6.1: a length beside an unknown coding",
      "Content-Length: 5\r\nTransfer-Encoding: gzip"),
    make(
      400, "RFC 9112, section 6.3: two lengths in HTTP/1.0",
      "POST / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    fields(
      413, "RFC 9110, section 8.6: a length of a hundred digits",
      "Content-Length: \(String(repeating: "9", count: 100))"),
    fields(413, "RFC 9110, section 15.5.14: a body over the limit", "Content-Length: 33554433"),
    fields(
      413, "RFC 9110, section 8.6: a length over 64 bits", "Content-Length: 99999999999999999999"),
    fields(
      413, "RFC 9110, section 8.6: a length of 2^64", "Content-Length: 18446744073709551616"),
    fields(
      413, "RFC 9110, section 8.6: a length of 2^63 - 1", "Content-Length: 9223372036854775807"),
    fields(
      413, "RFC 9110, section 10.1.1: a body over the limit that waits for 100",
      "Expect: 100-continue\r\nContent-Length: 33554433"),
  ]

  private static let oddLengths: [BadRequest] = oddValues.map { what, value in
    fields(400, "RFC 9110, section 8.6: a length with \(what)", "Content-Length: \(value)")
  }

  private static let oddValues: [(what: String, value: String)] = [
    ("a plus sign", "+5"), ("a minus sign", "-5"), ("a hexadecimal number", "0x5"),
    ("hexadecimal digits", "A"), ("a list", "5, 5"), ("a list without a space", "5,5"),
    ("nothing", ""), ("white space alone", " \t"), ("a fraction", "5.0"), ("an exponent", "5e0"),
    ("two numbers", "5 5"), ("a word", "five"), ("quotes", "\"5\""), ("an underscore", "1_0"),
    ("a wide digit", "\u{B2}"), ("a semicolon", "5;"),
    ("a differing list", "5, 6"), ("a comma after it", "5,"), ("a comma before it", ",5"),
    ("a plus sign and 0", "+0"), ("a minus sign and 0", "-0"), ("a prefix alone", "0x"),
    ("no number", "NaN"), ("infinity", "Infinity"), ("a vertical tab before it", "\u{B}5"),
    ("a no-break space after it", "5\u{A0}"), ("Arabic digits", "\u{D9}\u{A5}"), ("a unit", "5b"),
    ("a percent sign", "5%"), ("parentheses", "(5)"), ("a comment", "5 (five)"),
    ("a tab inside", "1\t0"), ("a space for thousands", "1 000"), ("an octal prefix", "0o5"),
  ]

  static let codings: [BadRequest] = [
    fields(400, "RFC 9112, section 6.3: a coding that isn't chunked", "Transfer-Encoding: gzip"),
    fields(400, "RFC 9112, section 6.3: identity", "Transfer-Encoding: identity"),
    fields(400, "RFC 9112, section 6.3: chunked isn't last", "Transfer-Encoding: chunked, gzip"),
    fields(400, "RFC 9112, section 7.1: chunked twice", "Transfer-Encoding: chunked, chunked"),
    fields(
      400, "RFC 9112, section 7.1: chunked in two fields",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    fields(400, "RFC 9112, section 6.1: no coding", "Transfer-Encoding:"),
    fields(400, "RFC 9112, section 6.1: an empty list", "Transfer-Encoding: ,"),
    fields(400, "RFC 9112, section 6.1: a comma after chunked", "Transfer-Encoding: chunked,"),
    fields(
      400, "RFC 9112, section 7.1: chunked with a parameter", "Transfer-Encoding: chunked;a=b"),
    fields(400, "RFC 9112, section 6.1: a word like chunked", "Transfer-Encoding: xchunked"),
    fields(400, "RFC 9112, section 6.1: chunked in quotes", "Transfer-Encoding: \"chunked\""),
    fields(
      400, "RFC 9110, section 5.5: a vertical tab before chunked", "Transfer-Encoding: \u{B}chunked"
    ),
    fields(
      501, "RFC 9112, section 6.1: an unknown coding before chunked",
      "Transfer-Encoding: gzip, chunked"),
    make(
      400, "RFC 9112, section 6.1: a coding in HTTP/1.0",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    fields(400, "RFC 9112, section 6.3: deflate", "Transfer-Encoding: deflate"),
    fields(
      400, "RFC 9112, section 6.3: chunked before identity",
      "Transfer-Encoding: chunked, identity"),
    fields(
      400, "RFC 9112, section 6.3: chunked in the middle",
      "Transfer-Encoding: gzip, chunked, gzip"),
    fields(
      400, "RFC 9112, section 7.1: chunked around another",
      "Transfer-Encoding: chunked, gzip, chunked"),
    fields(400, "RFC 9112, section 6.1: a comma before chunked", "Transfer-Encoding: , chunked"),
    fields(400, "RFC 9112, section 6.1: a space for the comma", "Transfer-Encoding: gzip chunked"),
    fields(400, "RFC 9112, section 6.1: a weight", "Transfer-Encoding: chunked;q=1"),
    fields(
      400, "RFC 9112, section 6.1: a word that starts like chunked", "Transfer-Encoding: chunkedx"),
    fields(400, "RFC 9112, section 6.1: two words", "Transfer-Encoding: chunked x"),
    fields(400, "RFC 9112, section 6.1: a word of TE", "Transfer-Encoding: trailers"),
    fields(400, "RFC 9110, section 5.5: NUL after chunked", "Transfer-Encoding: chunked\u{0}"),
    fields(
      400, "RFC 9112, section 6.1: a no-break space before chunked",
      "Transfer-Encoding: \u{A0}chunked"),
    fields(
      501, "RFC 9110, section 5.3: gzip and chunked in two fields, as in one",
      "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
    fields(
      400, "RFC 9110, section 5.3: chunked and gzip in two fields, as in one",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
    fields(
      400, "RFC 9112, section 6.1: chunked and nothing in two fields",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
    fields(
      501, "RFC 9110, section 5.3: three fields as one",
      "Transfer-Encoding: gzip\r\nTransfer-Encoding: deflate\r\nTransfer-Encoding: chunked"),
    fields(
      400, "RFC 9112, section 6.1: chunked and identity in two fields",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    fields(
      501, "RFC 9112, section 6.1: identity before chunked",
      "Transfer-Encoding: identity, chunked"),
    fields(
      501, "RFC 9112, section 6.1: two unknown codings before chunked",
      "Transfer-Encoding: gzip, deflate, chunked"),
  ]
}
