extension JSON {
  /// The text of a member's value, byte for byte as it stands in an object's text. Of members with
  /// the same name the last one counts, as for ``JSONObject``.
  ///
  /// - Parameter text: A JSON text, which was parsed before: it isn't checked again.
  /// - Returns: nil when there is no such member, or the text is no object.
  public static func text(ofMember name: String, in text: [UInt8]) -> ArraySlice<UInt8>? {
    var scanner = MemberScanner(text)
    return scanner.text(of: name)
  }
}

/// Finds where the members of an object stand in its text.
private struct MemberScanner {
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func text(of name: String) -> ArraySlice<UInt8>? {
    skipSpace()
    guard next == UInt8(ascii: "{") else { return nil }
    position += 1
    var found: ArraySlice<UInt8>?
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { return found }
      let start = position
      skipString()
      let isNamedSo = isName(text[start..<position], name)
      skipSpace()
      position += 1
      skipSpace()
      let valueStart = position
      skipValue()
      if isNamedSo { found = text[valueStart..<position] }
      skipSpace()
      guard next == UInt8(ascii: ",") else { return found }
      position += 1
    }
  }

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private func isName(_ literal: ArraySlice<UInt8>, _ name: String) -> Bool {
    (try? JSON(parsing: literal))?.string?.hasSameBytes(as: name) == true
  }

  private mutating func skipSpace() {
    while let next, [0x20, 0x09, 0x0A, 0x0D].contains(next) { position += 1 }
  }

  private mutating func skipString() {
    position += 1
    while let byte = next, byte != UInt8(ascii: "\"") {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    position = min(position + 1, text.count)
  }

  private mutating func skipValue() {
    var depth = 0
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return }
        depth -= 1
        position += 1
      case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
        guard depth > 0 else { return }
        position += 1
      default: position += 1
      }
      // A string, an object or an array ends with its last byte.
      if depth == 0, [UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(byte) {
        return
      }
    }
  }
}
