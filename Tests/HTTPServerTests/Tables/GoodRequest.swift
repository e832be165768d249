import HTTPServer
import Testing

/// A request that must be accepted, though some look unusual.
struct GoodRequest: Sendable, CustomTestStringConvertible {
  let label: String
  let bytes: [UInt8]
  let method: HTTPMethod
  let path: String
  let query: String?
  let body: String
  let keepsAlive: Bool

  /// What ``TestServer/tell`` answers to it.
  var told: String { "\(method.rawValue) \(path)?\(query ?? "-") \(body)" }

  var testDescription: String { label }

  static func make(
    _ label: String, _ text: String, method: HTTPMethod = .get, path: String = "/",
    query: String? = nil, body: String = "", keepsAlive: Bool = true
  ) -> GoodRequest {
    GoodRequest(
      label: label, bytes: latin1(text), method: method, path: path, query: query, body: body,
      keepsAlive: keepsAlive)
  }

  /// A request with this target, and how it must be parsed.
  static func target(
    _ label: String, _ target: String, path: String, query: String? = nil
  ) -> GoodRequest {
    make(label, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", path: path, query: query)
  }

  /// A request with these field lines after a valid `Host`.
  static func fields(
    _ label: String, _ fields: String, keepsAlive: Bool = true
  ) -> GoodRequest {
    make(label, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n", keepsAlive: keepsAlive)
  }

  /// A `POST` with field lines and a body.
  static func post(_ label: String, _ fields: String, _ wire: String, body: String) -> GoodRequest {
    make(
      label, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(wire)", method: .post, body: body)
  }
}
