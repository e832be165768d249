/// A complete, checked request. A class, because it goes through many hands and never changes.
public final class HTTPRequest: Sendable {
  /// The method.
  public let method: HTTPMethod
  /// The path of the request target, as sent (percent-encoded), from its first slash; `*` for
  /// `OPTIONS *`.
  public let path: String
  /// The query of the request target, without the question mark; nil when there is none.
  public let query: String?
  /// The header fields as received.
  public let fields: HTTPFields
  /// The body after removal of any transfer coding; trailers are checked and dropped.
  public let body: [UInt8]
  /// The minor number of HTTP/1.x.
  public let minorVersion: Int
  /// Whether the client lets the connection live on after the answer.
  public let keepsAlive: Bool

  /// A request made by hand, for tests and for in-process use.
  public init(
    method: HTTPMethod = .get, path: String = "/", query: String? = nil,
    fields: HTTPFields = HTTPFields(), body: [UInt8] = [], minorVersion: Int = 1,
    keepsAlive: Bool = true
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
    self.body = body
    self.minorVersion = minorVersion
    self.keepsAlive = keepsAlive
  }
}
