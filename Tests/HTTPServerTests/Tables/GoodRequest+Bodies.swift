import HTTPServer

extension GoodRequest {
  static let bodies: [GoodRequest] = [
    post("RFC 9112, section 6.2: a length", "Content-Length: 5", "hello", body: "hello"),
    post(
      "RFC 9110, section 8.6: a length with leading zeros", "Content-Length: 005", "hello",
      body: "hello"),
    post(
      "RFC 9112, section 6.2: a body of line ends", "Content-Length: 4", "\r\n\r\n",
      body: "\r\n\r\n"),
    post(
      "RFC 9112, section 6.2: white space around a length", "Content-Length: \t5 ", "hello",
      body: "hello"),
    post(
      "RFC 9112, section 6.2: a body like a request", "Content-Length: 18",
      "GET / HTTP/1.1\r\n\r\n",
      body: "GET / HTTP/1.1\r\n\r\n"),
    post(
      "RFC 9112, section 6.2: any bytes", "Content-Length: 4", "\u{0}\u{FF}\r\n",
      body: "\u{0}\u{FF}\r\n"),
    make(
      "RFC 9110, section 9.3.1: a body on GET",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
    make(
      "RFC 9112, section 6.3: a body on HEAD",
      "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
      method: .head,
      body: "a"),
    make(
      "RFC 9112, section 6.3: a length in HTTP/1.0",
      "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", method: .post, body: "hello",
      keepsAlive: false),
    post("RFC 9112, section 6.3: neither length nor coding", "X: a", "", body: ""),
    post(
      "RFC 9112, section 7.1: a size of a thousand zeros", chunked, "\(zeros)1\r\na\r\n0\r\n\r\n",
      body: "a"),
    post("RFC 9112, section 7.1: chunks of one byte", chunked, bytewise, body: "hello"),
    post(
      "RFC 9112, section 7.1: a chunk of line ends", chunked, "4\r\n\r\n\r\n\r\n0\r\n\r\n",
      body: "\r\n\r\n"),
    post(
      "RFC 9112, section 7.1: a chunk like the last one", chunked, "5\r\n0\r\n\r\n\r\n0\r\n\r\n",
      body: "0\r\n\r\n"),
    post(
      "RFC 9112, section 7: white space around chunked", "Transfer-Encoding: \tchunked\t",
      "0\r\n\r\n", body: ""),
    post(
      "RFC 9112, section 7.1.2: trailers that could mislead", chunked,
      "1\r\na\r\n0\r\nHost: b\r\nTransfer-Encoding: gzip\r\nContent-Length: 9\r\n"
        + "Connection: close\r\n\r\n",
      body: "a"),
    post("RFC 9112, section 7.1: one chunk", chunked, "5\r\nhello\r\n0\r\n\r\n", body: "hello"),
    post(
      "RFC 9112, section 7.1: two chunks", chunked, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
      body: "hello"),
    post("RFC 9112, section 7.1: no chunk", chunked, "0\r\n\r\n", body: ""),
    post(
      "RFC 9112, section 7.1: zeros before a size", chunked, "0005\r\nhello\r\n000\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, section 7.1: hexadecimal sizes", chunked,
      "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", body: "01234567890123456789a"),
    post(
      "RFC 9112, section 7.1.1: extensions", chunked, "5;a=b ; c=\"d\"\r\nhello\r\n0;e\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, section 7.1.1: a space before an extension", chunked, "5 ;a\r\nhello\r\n0\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, section 7.1.2: trailers", chunked,
      "5\r\nhello\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n",
      body: "hello"),
    post(
      "RFC 9112, section 7: chunked in capitals", "Transfer-Encoding: CHUNKED",
      "1\r\na\r\n0\r\n\r\n",
      body: "a"),
    post(
      "RFC 9110, section 10.1.1: an expectation", "Expect: 100-continue\r\nContent-Length: 2", "ab",
      body: "ab"),
    make(
      "RFC 9110, section 10.1.1: an expectation in HTTP/1.0",
      "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", method: .post,
      body: "ab", keepsAlive: false),
  ]

  private static let chunked = "Transfer-Encoding: chunked"
  private static let bytewise = "hello".map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
  private static let zeros = String(repeating: "0", count: 1000)
}
