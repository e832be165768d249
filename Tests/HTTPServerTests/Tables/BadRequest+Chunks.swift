import HTTPServer

extension BadRequest {
  static let chunkedBodies: [BadRequest] = [
    chunked(400, "RFC 9112, section 7.1: a size that isn't hexadecimal", "g\r\n"),
    chunked(400, "RFC 9112, section 7.1: an empty size", "\r\nhello"),
    chunked(400, "RFC 9112, section 7.1: a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a space before a size", " 5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a space after a size", "5 \r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a word after a size", "5 a\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a size line ends in bare LF", "5\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a size line ends in bare CR", "5\rhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a chunk shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a chunk ends in bare LF", "5\r\nhello\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a chunk ends in bare CR", "5\r\nhello\r0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: the body ends in bare LF", "0\r\n\n"),
    chunked(400, "RFC 9112, section 7.1: the last size ends in bare LF", "0\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: NUL in an extension", "5;\u{0}\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.1: a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.1: a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1: a size line without end", String(repeating: "0", count: 1025)),
    chunked(413, "RFC 9112, section 7.1: a size over the limit", "2000001\r\n"),
    chunked(413, "RFC 9112, section 7.1: a size over 64 bits", "10000000000000005\r\nhello\r\n"),
    chunked(413, "RFC 9112, section 7.1: a size of 2^63", "8000000000000000\r\n"),
    chunked(413, "RFC 9112, section 7.1: a size of 2^64 - 1", "ffffffffffffffff\r\n"),
    chunked(
      413, "RFC 9110, section 15.5.14: chunks over the limit", "20\r\n\(thirtyTwo)\r\n1\r\n",
      limits: .tight
    ),
    chunked(400, "RFC 9112, section 7.1.2: a trailer without colon", "0\r\nX\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a trailer without name", "0\r\n: a\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a space before a trailer's colon", "0\r\nX : a\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a trailer ends in bare LF", "0\r\nX: a\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: NUL in a trailer", "0\r\nX: \u{0}\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a tab before a size", "\t5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a tab after a size", "5\t\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a signed 0", "-0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a plus sign and 0", "+0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a prefix and 0", "0x0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a fraction", "5.0\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a list of sizes", "5,5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: an underscore in a size", "0_5\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a size in quotes", "\"5\"\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: wide digits", "\u{EF}\u{BC}\u{95}\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: NUL after a size", "5\u{0}\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1: a vertical tab after a size", "5\u{B}\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: a semicolon without a size", ";a=b\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1: an empty line before a size", "\r\n5\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1: an empty line after a chunk", "5\r\nhello\r\n\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: no line end after a chunk", "5\r\nhello0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: LF and CR after a chunk", "5\r\nhello\n\r0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: all lines end in bare LF", "5\nhello\n0\n\n"),
    chunked(400, "RFC 9112, section 7.1: all lines end in bare CR", "5\rhello\r0\r\r"),
    chunked(400, "RFC 9112, section 7.1: two CRs after a size", "5\r\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1: the body's end in a bare CR", "0\r\n\rX"),
    chunked(
      400, "RFC 9112, section 7.1: no empty line after the last chunk",
      "0\r\nGET / HTTP/1.1\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a semicolon alone", "5;\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: two semicolons", "5;;a\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a semicolon at the end", "5;a;\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a value without a name", "5;=b\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a name without a value", "5;a=\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: two values", "5;a=b=c\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: two names", "5;a b\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: an unclosed quote", "5;a=\"b\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.1: a quote closed by an escaped one",
      "5;a=\"b\\\"\r\nhello\r\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.1: an escape at the end", "5;a=\"b\\\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: text after a quote", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a name in quotes", "5;\"a\"\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a space at the end", "5;a \r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a comma in a name", "5;a,b\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: DEL in an extension", "5;\u{7F}\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: BEL in an extension", "5;a=\u{7}\r\nhello\r\n0\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: NUL in the last extension", "0;\u{0}\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: a bare LF that hides a size", "5;\n0\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.1: an equals sign for a semicolon", "5=a\r\nhello\r\n0\r\n\r\n"),
    chunked(413, "RFC 9112, section 7.1: a size of 2^63 - 1", "7fffffffffffffff\r\n"),
    chunked(413, "RFC 9112, section 7.1: a size of 2^64 after zeros", "00010000000000000000\r\n"),
    chunked(
      413, "RFC 9112, section 7.1: two chunks that overflow together",
      "1\r\na\r\nffffffffffffffff\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a trailer that is a fold", "0\r\n X: a\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a trailer folded by a tab", "0\r\nX: a\r\n\tb\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a bare CR in a trailer", "0\r\nX: a\rb\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: two CRs after a trailer", "0\r\nX: a\r\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: DEL in a trailer", "0\r\nX: \u{7F}\r\n\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a space in a trailer's name", "0\r\nX Y: a\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.2: a byte over 127 in a trailer's name",
      "0\r\n\u{E9}: a\r\n\r\n"),
    chunked(
      400, "RFC 9112, section 7.1.2: the second trailer has no colon", "0\r\nX: a\r\nY\r\n\r\n"),
  ]

  private static let thirtyTwo = String(repeating: "a", count: 32)
}
