/// The host and port of a `Host` field or an absolute target (RFC 3986, section 3.2, without the
/// user information, which RFC 9110, section 4.2.4 forbids).
public enum Authority {
  /// Whether a text is a host, with or without a port. The empty text is none.
  public static func isValid(_ text: String) -> Bool {
    var text = text
    return !text.isEmpty && text.withUTF8 { isValid($0) }
  }

  /// Whether it is `host`, `host:port` or empty, the host a registered name, an IPv4 address or an
  /// IP literal in brackets. A comma is refused: it would make two fields look like one.
  static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    if bytes.first == UInt8(ascii: "[") {
      index = 1
      while index < bytes.count, isLiteralCharacter(bytes[index]) { index += 1 }
      guard index > 1, index < bytes.count, bytes[index] == UInt8(ascii: "]") else { return false }
      index += 1
    } else {
      while index < bytes.count, isNameCharacter(bytes[index]) { index += 1 }
    }
    guard index < bytes.count else { return true }
    guard bytes[index] == UInt8(ascii: ":") else { return false }
    return bytes[(index + 1)...].allSatisfy { $0 &- 0x30 < 10 }
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
      true
    case UInt8(ascii: ":"): false
    case 0x21...0x7E: "_~%!$&'()*+;=".utf8.contains(byte)
    default: false
    }
  }

  private static func isLiteralCharacter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ":") || isNameCharacter(byte)
  }
}
