import HTTPServer

extension BadRequest {
  static let tooLarge: [BadRequest] = [
    line(
      414, "RFC 9112, section 3: a request line over the limit", "GET /\(forty) HTTP/1.1",
      limits: .tight),
    make(
      414, "RFC 9112, section 3: a request line without end", "GET /\(forty)\(forty)",
      limits: .tight),
    make(
      414, "RFC 9112, section 3: a head without line end",
      "GET /\(String(repeating: "a", count: 200))",
      limits: .tight),
    fields(
      431, "RFC 6585, section 5: a field over the limit", "X: \(forty)\(forty)\(forty)\(forty)",
      limits: .tight),
    make(
      431, "RFC 6585, section 5: a head without end",
      "GET / HTTP/1.1\r\nHost: a\r\nX: \(forty)\(forty)\(forty)\(forty)", limits: .tight),
    fields(
      431, "RFC 6585, section 5: too many fields", "A:\r\nB:\r\nC:\r\nD:\r\nE:", limits: .tight),
    fields(
      413, "RFC 9110, section 15.5.14: a length over the limit", "Content-Length: 33",
      limits: .tight),
    chunked(
      431, "RFC 6585, section 5: too many trailers",
      "0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\n\r\n",
      limits: .tight),
    chunked(
      431, "RFC 6585, section 5: trailers over the limit",
      "0\r\nA: \(forty)\(forty)\r\nB: \(forty)\(forty)\r\n\r\n", limits: .tight),
    chunked(
      431, "RFC 9112, section 7.1.1: extensions over the limit",
      "1;\(forty)\(forty)\r\na\r\n1;\(forty)\(forty)\r\na\r\n", limits: .tight),
  ]

  /// Requests beyond the default limits. They are too long to be cut at every byte.
  static let huge: [BadRequest] = [
    line(414, "RFC 9112, section 3: a target of 70,000 bytes", "GET /\(long) HTTP/1.1"),
    line(414, "RFC 9112, section 3: a query of 70,000 bytes", "GET /?\(long) HTTP/1.1"),
    line(
      414, "RFC 9112, section 3.2.2: an address of 70,000 bytes", "GET http://\(long)/ HTTP/1.1"),
    line(414, "RFC 9112, section 3: a method of 70,000 bytes", "\(long) / HTTP/1.1"),
    make(414, "RFC 9112, section 3: 70,000 bytes without a line end", long),
    fields(431, "RFC 6585, section 5: a value of 70,000 bytes", "X: \(long)"),
    fields(431, "RFC 6585, section 5: a name of 70,000 bytes", "\(long): a"),
    fields(431, "RFC 6585, section 5: white space of 70,000 bytes", "X: \(blank)a"),
    fields(
      431, "RFC 6585, section 5: 250 fields", String(repeating: "A: b\r\n", count: 250) + "C:"),
    fields(
      431, "RFC 6585, section 5: 20,000 empty fields",
      String(repeating: "A:\r\n", count: 20_000) + "C:"),
    make(
      431, "RFC 6585, section 5: a Host of 70,000 bytes",
      "GET / HTTP/1.1\r\nHost: \(long)\r\n\r\n"),
    fields(413, "RFC 9110, section 8.6: a length of 10,000 digits", "Content-Length: \(nines)"),
    fields(400, "RFC 9112, section 6.3: 20,000 codings", "Transfer-Encoding: \(codings20000)gzip"),
    chunked(400, "RFC 9112, section 7.1: a size of 10,000 digits", "\(nines)\r\n"),
    chunked(400, "RFC 9112, section 7.1.1: an extension of 70,000 bytes", "5;\(long)\r\n"),
    chunked(
      431, "RFC 9112, section 7.1.1: 70,000 bytes in short extensions",
      String(repeating: "1;\(String(repeating: "a", count: 999))\r\na\r\n", count: 70)),
    chunked(
      431, "RFC 6585, section 5: 250 trailers",
      "0\r\n" + String(repeating: "A: b\r\n", count: 250) + "\r\n"),
    chunked(400, "RFC 9112, section 7.1.2: a trailer of 70,000 bytes", "0\r\nX: \(long)\r\n\r\n"),
  ]

  private static let long = String(repeating: "a", count: 70_000)
  private static let blank = String(repeating: " ", count: 70_000)
  private static let nines = String(repeating: "9", count: 10_000)
  private static let codings20000 = String(repeating: "a,", count: 20_000)
  private static let forty = String(repeating: "a", count: 40)
}
