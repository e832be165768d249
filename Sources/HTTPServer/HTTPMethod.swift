/// A request method that the server knows (RFC 9110, section 9). Any other token is refused with
/// 501, and `CONNECT` with 405 unless the server takes it.
public enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
  /// Asks a proxy for a tunnel; its target is a host and a port.
  case connect = "CONNECT"

  /// The method of that name; nil when it isn't known.
  init?(_ name: UnsafeBufferPointer<UInt8>) {
    func isNamed(_ text: StaticString) -> Bool {
      name.count == text.utf8CodeUnitCount && name.starts(with: text)
    }
    // The most frequent method takes no string.
    if isNamed("POST") {
      self = .post
    } else if isNamed("GET") {
      self = .get
    } else {
      self.init(rawValue: String(decoding: name, as: UTF8.self))
    }
  }

  /// The methods of resources, as the `Allow` field lists them.
  static let allowed =
    allCases.filter { $0 != .connect }.map(\.rawValue).joined(separator: ", ")
}
