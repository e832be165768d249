/// What a request's head says, and how its body is framed.
///
/// A class, because it is passed on often, never changes, and outlives its request: a client on a
/// kept-alive connection mostly sends the same head again, and its requests then share one object.
public final class RequestHead: Sendable {
  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  /// The method.
  public let method: HTTPMethod
  /// See ``HTTPRequest/path``.
  public let path: String
  /// See ``HTTPRequest/query``.
  public let query: String?
  /// The header fields as received, but for `Host`, which has an absolute form's ``authority``.
  /// (RFC 9112, section 3.2.2)
  public let fields: HTTPFields
  /// The host, and the port if there is one, of a target in absolute form; the target of a
  /// `CONNECT`; nil for any other form.
  public let authority: String?
  /// Whether the request came through a connection for which a `CONNECT` was answered.
  public let isProxied: Bool
  /// The minor number of HTTP/1.x.
  public let minorVersion: Int
  /// Whether the client wants to keep the connection after the answer.
  public let keepsAlive: Bool
  let framing: Framing
  let expectsContinue: Bool

  init(
    method: HTTPMethod, path: String, query: String?, fields: HTTPFields,
    authority: String? = nil, isProxied: Bool = false, minorVersion: Int,
    keepsAlive: Bool, framing: Framing = .none, expectsContinue: Bool = false
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
    self.authority = authority
    self.isProxied = isProxied
    self.minorVersion = minorVersion
    self.keepsAlive = keepsAlive
    self.framing = framing
    self.expectsContinue = expectsContinue
  }

  /// The memory that it takes, in bytes, roughly.
  public var byteCount: Int { 256 + path.utf8.count + (query?.utf8.count ?? 0) + fields.byteCount }
}

/// Character classes of RFC 9110, section 5.6.2.
enum Token {
  private static let table: [Bool] = {
    var table = [Bool](repeating: false, count: 256)
    for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { table[Int(byte)] = true }
    for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") { table[Int(byte)] = true }
    for byte in UInt8(ascii: "a")...UInt8(ascii: "z") { table[Int(byte)] = true }
    for byte in "!#$%&'*+-.^_`|~".utf8 { table[Int(byte)] = true }
    return table
  }()

  static func contains(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "-"):
      true
    case UInt8(ascii: ":"): false
    default: table[Int(byte)]
    }
  }
}
