import HTTPServer

extension BadRequest {
  static let fieldLines: [BadRequest] = [
    fields(400, "RFC 9112, section 5.1: a space before the colon", "X : a"),
    fields(400, "RFC 9112, section 5.1: a tab before the colon", "X\t: a"),
    fields(
      400, "RFC 9112, section 5.1: a space before the colon of a length", "Content-Length : 5"),
    fields(400, "RFC 9112, section 5.1: no name", ": a"),
    fields(400, "RFC 9112, section 5.1: no colon", "X"),
    fields(400, "RFC 9112, section 5.1: a space in a name", "X Y: a"),
    fields(400, "RFC 9112, section 5.1: a parenthesis in a name", "X(: a"),
    fields(400, "RFC 9112, section 5.1: a byte over 127 in a name", "X\u{E9}: a"),
    fields(400, "RFC 9112, section 5.1: a quote in a name", "\"X\": a"),
    fields(400, "RFC 9112, section 5.2: a fold by a space", "X: a\r\n b"),
    fields(400, "RFC 9112, section 5.2: a fold by a tab", "X: a\r\n\tb"),
    fields(400, "RFC 9112, section 5.2: a folded length", "Content-Length:\r\n 5"),
    fields(400, "RFC 9110, section 5.5: NUL in a value", "X: a\u{0}b"),
    fields(400, "RFC 9110, section 5.5: a bare CR in a value", "X: a\rb"),
    fields(400, "RFC 9110, section 5.5: a bare CR that hides a field", "X: a\rContent-Length: 5"),
    fields(400, "RFC 9110, section 5.5: a bare LF in a value", "X: a\nY: b"),
    fields(400, "RFC 9110, section 5.5: a bare LF before a length", "X: a\nContent-Length: 5"),
    fields(400, "RFC 9110, section 5.5: DEL in a value", "X: a\u{7F}"),
    fields(400, "RFC 9110, section 5.5: BEL in a value", "X: \u{7}"),
    fields(400, "RFC 9110, section 5.5: NUL in a name", "X\u{0}: a"),
    make(400, "RFC 9112, section 2.2: the head ends in bare LF", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
    make(400, "RFC 9112, section 2.2: the head ends in LF alone", "GET / HTTP/1.1\r\nHost: a\n\n"),
    make(
      400, "RFC 9112, section 2.2: the head ends in CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"
    ),
    fields(417, "RFC 9110, section 10.1.1: an unknown expectation", "Expect: 200-ok"),
    fields(417, "RFC 9110, section 10.1.1: two expectations", "Expect: 100-continue, 200-ok"),
    fields(417, "RFC 9110, section 10.1.1: no expectation", "Expect:"),
    fields(400, "RFC 9112, section 5.1: a vertical tab before the colon", "X\u{B}: a"),
    fields(
      400, "RFC 9112, section 5.1: a space before the colon of a coding",
      "Transfer-Encoding : chunked"),
    fields(
      400, "RFC 9112, section 5.1: NUL before the colon of a length", "Content-Length\u{0}: 5"),
    fields(
      400, "RFC 9112, section 5.1: a no-break space before the colon", "Content-Length\u{A0}: 5"),
    fields(400, "RFC 9112, section 5.1: a colon alone", ":"),
    fields(400, "RFC 9112, section 5.1: a name of white space", " \t: a"),
    fields(400, "RFC 9112, section 5.1: a quoted name", "\"Content-Length\": 5"),
    fields(400, "RFC 9112, section 5.1: a whole request", "GET / HTTP/1.1"),
    fields(400, "RFC 9112, section 5.2: a fold of white space alone", "X: a\r\n \t"),
    fields(400, "RFC 9112, section 5.2: a folded coding", "Transfer-Encoding:\r\n\tchunked"),
    fields(400, "RFC 9112, section 5.2: a coding in a fold", "X: a\r\n Transfer-Encoding: chunked"),
    make(400, "RFC 9112, section 5.2: a folded Host", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: a tab before the first field",
      "GET / HTTP/1.1\r\n\tX: a\r\nHost: a\r\n\r\n"),
    make(
      400, "RFC 9112, section 2.2: LF and CR the wrong way round",
      "GET / HTTP/1.1\r\nHost: a\n\r\n\r"),
    make(400, "RFC 9112, section 2.2: all lines end in bare LF", "GET / HTTP/1.1\nHost: a\n\n"),
    make(400, "RFC 9112, section 2.2: all lines end in bare CR", "GET / HTTP/1.1\rHost: a\r\r"),
    make(
      400, "RFC 9110, section 5.5: a bare CR at a value's end",
      "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
    fields(
      417, "RFC 9110, section 10.1.1: a parameter of an expectation", "Expect: 100-continue;a=b"),
    fields(417, "RFC 9110, section 10.1.1: a quoted expectation", "Expect: \"100-continue\""),
  ]

  /// Each control character but those that end lines, in a value and in a name, and each delimiter
  /// in a name.
  static let characters: [BadRequest] = valueCharacters + nameCharacters + nameDelimiters

  private static let valueCharacters: [BadRequest] = (UInt8(1)...31).compactMap { byte in
    if [9, 10, 13].contains(byte) { return nil }
    let value = "X: a\(Unicode.Scalar(byte))b"
    return fields(400, "RFC 9110, section 5.5: \(hexadecimal(byte)) in a value", value)
  }

  private static let odd: [UInt8] = [0x01, 0x08, 0x0B, 0x0C, 0x1F, 0x7F, 0x80, 0xFF]

  private static let nameCharacters: [BadRequest] = odd.map { byte in
    let line = "X\(Unicode.Scalar(byte)): a"
    return fields(400, "RFC 9112, section 5.1: \(hexadecimal(byte)) in a name", line)
  }

  private static let nameDelimiters: [BadRequest] = "(),/;<=>?@[\\]{}".map { character in
    fields(400, "RFC 9110, section 5.6.2: \(character) in a name", "X\(character)Y: a")
  }

  private static func hexadecimal(_ byte: UInt8) -> String { "byte \(String(byte, radix: 16))" }
}
