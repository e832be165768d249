/// A request method that the server knows (RFC 9110, section 9). Any other token is refused with 501.
public enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"

  /// All of them, as the field `Allow` lists them.
  static let allowed = allCases.map(\.rawValue).joined(separator: ", ")
}
