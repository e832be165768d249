/// What a request's head says, and how its body is framed.
struct RequestHead {
  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  var method: HTTPMethod
  var path: String
  var query: String?
  var fields: HTTPFields
  var minorVersion: Int
  var keepsAlive: Bool
  var framing: Framing
  var expectsContinue: Bool

  func request(body: [UInt8]) -> HTTPRequest {
    HTTPRequest(
      method: method, path: path, query: query, fields: fields, body: body,
      minorVersion: minorVersion, keepsAlive: keepsAlive)
  }
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
