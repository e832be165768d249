import Testing

@testable import HTTPServer

@Suite("Answers")
struct AnswerReaderTests {
  /// What is known of an answer that arrives in pieces of so many bytes.
  private func read(_ text: String, by size: Int) -> AnswerReader {
    var reader = AnswerReader()
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<min(start + size, bytes.count)].withUnsafeBufferPointer { reader.take($0) }
    }
    return reader
  }

  private static let whole = [
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length:5\r\nConnection: Keep-Alive\r\n\r\nhello",
    "HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  ]

  @Test("The end of a complete answer is found, however it arrives", arguments: whole)
  func ends(text: String) {
    for size in [1, 2, 3, 7, 1000] {
      let reader = read(text, by: size)
      #expect(reader.isWhole && reader.status != nil && !reader.isMalformed)
      #expect(!read(String(text.dropLast()), by: size).isWhole)
      let longer = read(text + "x", by: size)
      #expect(!longer.isWhole && longer.hasEnded)
    }
  }

  private static let doubtful = [
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, close\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" + String(repeating: "x", count: 65537),
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello",
  ]

  @Test("An end that is doubtful is not believed; the status is", arguments: doubtful)
  func doubts(text: String) {
    for size in [1, 7, 100_000] {
      let reader = read(text, by: size)
      #expect(!reader.hasEnded && reader.status != nil && !reader.isMalformed)
    }
  }

  @Test(
    "What is no answer is told at its first line",
    arguments: [
      "SSH-2.0-x\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 1 X\r\n", "HTTP/1.1 999 X\r\n", "\n",
    ])
  func malformed(text: String) {
    #expect(read(text, by: 1).isMalformed && read(text, by: 100).isMalformed)
  }

  @Test("The status is known at the end of its line")
  func status() {
    #expect(read("HTTP/1.1 201 Created\r", by: 100).status == nil)
    #expect(read("HTTP/1.1 201 Created\r\n", by: 100).status == 201)
    #expect(read("HTTP/1.1 103 Early\r\n\r\n", by: 100).status == nil)
  }
}
