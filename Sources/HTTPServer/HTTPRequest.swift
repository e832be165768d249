/// A complete, checked request. A class, because it is passed on often and never changes.
public final class HTTPRequest: Sendable {
  /// All but the body; requests of one connection may share it.
  public let head: RequestHead
  /// The body after removal of any transfer coding; trailers are checked and dropped.
  public let body: [UInt8]

  init(_ head: RequestHead, body: [UInt8]) {
    self.head = head
    self.body = body
  }

  /// A request made by hand, for tests and for in-process use.
  public convenience init(
    method: HTTPMethod = .get, path: String = "/", query: String? = nil,
    fields: HTTPFields = HTTPFields(), body: [UInt8] = [], minorVersion: Int = 1,
    keepsAlive: Bool = true, authority: String? = nil, isProxied: Bool = false
  ) {
    let head = RequestHead(
      method: method, path: path, query: query, fields: fields, authority: authority,
      isProxied: isProxied, minorVersion: minorVersion, keepsAlive: keepsAlive)
    self.init(head, body: body)
  }

  /// The method.
  public var method: HTTPMethod { head.method }
  /// The path of the request target, as sent (percent-encoded), from its first slash; `*` for
  /// `OPTIONS *`; the host and the port of a `CONNECT`, e.g. `example.com:443`.
  public var path: String { head.path }
  /// The query of the request target, without the question mark; nil when there is none.
  public var query: String? { head.query }
  /// The header fields as received.
  public var fields: HTTPFields { head.fields }
  /// The minor number of HTTP/1.x.
  public var minorVersion: Int { head.minorVersion }
  /// Whether the client lets the connection live on after the answer.
  public var keepsAlive: Bool { head.keepsAlive }
}
