import Testing

@testable import HTTPServer

@Suite("A response on the wire")
struct HTTPResponseTests {
  private static func written(
    _ response: HTTPResponse, isHead: Bool = false, closes: Bool = false, minorVersion: Int = 1
  ) -> String {
    var output: [UInt8] = []
    response.write(
      to: &output, date: latin1("now"), isHead: isHead, closes: closes, minorVersion: minorVersion)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("has its fields, the date, the length and the body")
  func whole() {
    var fields = HTTPFields()
    fields.append("A", "b")
    let response = HTTPResponse(status: 200, fields: fields, body: latin1("hello"))
    #expect(
      Self.written(response)
        == "HTTP/1.1 200 OK\r\nA: b\r\nDate: now\r\nContent-Length: 5\r\n\r\nhello")
  }

  @Test("keeps its length but not its body for HEAD")
  func head() {
    let response = HTTPResponse(status: 200, body: latin1("hello"))
    #expect(
      Self.written(response, isHead: true)
        == "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 5\r\n\r\n")
  }

  @Test("has no body when its status has none", arguments: [204, 304])
  func bodiless(status: Int) {
    let text = Self.written(HTTPResponse(status: status, body: latin1("hello")))
    #expect(text.hasSuffix("Date: now\r\n\r\n"))
  }

  @Test("says when the connection ends, and when an HTTP/1.0 one lives on")
  func connection() {
    let response = HTTPResponse(status: 200)
    #expect(Self.written(response, closes: true).contains("\r\nConnection: close\r\n"))
    #expect(Self.written(response, minorVersion: 0).contains("\r\nConnection: keep-alive\r\n"))
    #expect(!Self.written(response).contains("Connection"))
  }
}
