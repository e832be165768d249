import HTTPServer
import Testing

/// A request that must be refused, and the expected refusal.
struct BadRequest: Sendable, CustomTestStringConvertible {
  let label: String
  let status: Int
  let bytes: [UInt8]
  let limits: HTTPLimits

  var testDescription: String { "\(status) \(label)" }

  /// - Parameters:
  ///   - status: The expected status.
  ///   - label: What is wrong, after the section with the rule: `RFC 9112, section 6.3: …`.
  ///   - text: The bytes, as Latin-1.
  static func make(
    _ status: Int, _ label: String, _ text: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    BadRequest(label: label, status: status, bytes: latin1(text), limits: limits)
  }

  /// A request with this request line and a valid head.
  static func line(
    _ status: Int, _ label: String, _ line: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    make(status, label, "\(line)\r\nHost: a\r\n\r\n", limits: limits)
  }

  /// A `POST` with these field lines after a valid `Host`.
  static func fields(
    _ status: Int, _ label: String, _ fields: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    make(
      status, label, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\nhello world", limits: limits)
  }

  /// A `POST` with this chunked body.
  static func chunked(
    _ status: Int, _ label: String, _ body: String, limits: HTTPLimits = HTTPLimits()
  ) -> BadRequest {
    make(
      status, label, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)",
      limits: limits)
  }

  /// All rows except ``huge``.
  static let all =
    requestLines + targets + fieldLines + characters + hosts + lengths + codings + chunkedBodies
    + tooLarge

  /// Rows for one server.
  struct Batch: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let limits: HTTPLimits
    let rows: [BadRequest]
  }

  /// All rows, grouped by the limits that their server needs.
  static let batches: [Batch] = {
    let isTight = { (row: BadRequest) in row.limits.body == HTTPLimits.tight.body }
    return [
      Batch(
        testDescription: "the usual limits", limits: HTTPLimits(),
        rows: (all + huge).filter { !isTight($0) }),
      Batch(testDescription: "tight limits", limits: .tight, rows: all.filter(isTight)),
    ]
  }()
}
