import HTTPServer
import Testing

/// A request that must be refused, and how.
struct BadRequest: Sendable, CustomTestStringConvertible {
  let label: String
  let status: Int
  let bytes: [UInt8]
  let limits: HTTPLimits

  var testDescription: String { "\(status) \(label)" }

  /// - Parameters:
  ///   - status: The expected status.
  ///   - label: What is wrong, with the section that says so.
  ///   - text: The bytes, as Latin-1.
  static func make(
    _ status: Int, _ label: String, _ text: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    BadRequest(label: label, status: status, bytes: latin1(text), limits: limits)
  }

  /// A request with that request line and a good head.
  static func line(
    _ status: Int, _ label: String, _ line: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    make(status, label, "\(line)\r\nHost: a\r\n\r\n", limits: limits)
  }

  /// A `POST` with those field lines after a good `Host`.
  static func fields(
    _ status: Int, _ label: String, _ fields: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    make(
      status, label, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\nhello world", limits: limits)
  }

  /// A `POST` with that chunked body.
  static func chunked(
    _ status: Int, _ label: String, _ body: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    make(
      status, label, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)",
      limits: limits)
  }

  static let all = requestLines + fieldLines + lengths + codings + hosts + chunkedBodies + tooLarge
}
