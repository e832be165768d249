import Bytes

/// The rules for the token of the control API and of the proxy: it has to arrive as it was sent.
package enum AdminToken {
  /// What a token may be, for messages.
  package static let expected =
    "text of at least one character, without line breaks, at whose "
    + "end stands no space: no header can carry other tokens"

  /// Whether a client can send a token in `Authorization: Bearer …`.
  ///
  /// A field's value has no control characters but tabs, and what surrounds it as white space
  /// doesn't belong to it. (RFC 9110, section 5.5)
  package static func isUsable(_ token: String) -> Bool {
    guard let last = token.utf8.last, last != 0x20, last != 0x09 else { return false }
    return token.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  /// Compares in constant time, so that a token can't be guessed byte by byte from response times.
  static func isSame(_ given: String, _ wanted: String) -> Bool {
    let (given, wanted) = (Array(given.utf8), Array(wanted.utf8))
    var difference = UInt8(given.count == wanted.count ? 0 : 1)
    for (index, byte) in wanted.enumerated() {
      difference |= byte ^ (index < given.count ? given[index] : 0)
    }
    return difference == 0
  }

  /// Whether the value of `Proxy-Authorization` carries the token: as bearer, or as the password of
  /// the scheme Basic, whatever the user's name is. (RFC 9110, section 11.7.2; RFC 7617)
  static func isCarried(by value: String?, _ token: String) -> Bool {
    guard let value, let space = value.firstIndex(of: " ") else { return false }
    let credentials = String(value[space...].drop { $0 == " " })
    switch value[..<space].lowercased() {
    case "bearer": return isSame(credentials, token)
    case "basic":
      guard let bytes = Base64.bytes(of: credentials),
        let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
      else { return false }
      return isSame(String(decoding: bytes[(colon + 1)...], as: UTF8.self), token)
    default: return false
    }
  }
}
