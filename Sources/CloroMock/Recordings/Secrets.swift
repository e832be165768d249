import JSON

/// What must never stand in a recording. Pure: texts in, whether one of them is found out.
///
/// Anything that has the form of a key of cloro's is one, whoever's it is. Other secrets are found
/// as they are, with JSON's escapes and in Base64.
struct Secrets: Sendable {
  /// Shorter ones would be found by chance.
  private static let shortest = 6
  private var needles: Set<[UInt8]> = []

  init(_ texts: [String] = []) { for text in texts { add(text) } }

  mutating func add(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= Self.shortest else { return }
    needles.insert(bytes)
    var escaped: [UInt8] = []
    JSON.writeContent(of: text, to: &escaped)
    needles.insert(escaped)
    needles.insert(Self.percentEncoded(bytes))
    for shift in 0..<3 {
      // Its characters depend on what stands before and after it at both ends.
      let encoded = Self.base64(Array(repeating: 0, count: shift) + bytes)
      let middle = encoded.dropFirst(shift == 0 ? 0 : shift + 1).dropLast(3)
      if middle.count >= Self.shortest { needles.insert(Array(middle)) }
    }
  }

  /// Whether one of them stands in a text, or in what a JSON text says without its escapes.
  func areIn(_ text: [UInt8]) -> Bool {
    if found(in: text) { return true }
    guard text.contains(UInt8(ascii: "\\")), let json = try? JSON(parsing: text) else {
      return false
    }
    return found(in: json.encoded)
  }

  private func found(in text: [UInt8]) -> Bool {
    let keys = [Array("sk_live_".utf8), Array("sk_test_".utf8)]
    for start in text.indices {
      if keys.contains(where: { text.has($0, from: start) }) {
        let rest = text[(start + 8)...].prefix(32)
        if rest.count == 32, rest.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 | 0x20 }) {
          return true
        }
      }
    }
    return needles.contains { needle in
      text.indices.contains { text.has(needle, from: $0) }
    }
  }

  private static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return bytes.flatMap { byte -> [UInt8] in
      let letter = byte | 0x20
      let isPlain = 0x61...0x7A ~= letter || 0x30...0x39 ~= byte || "-._~".utf8.contains(byte)
      return isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      var number = 0
      for index in start..<(start + 3) {
        number = number << 8 | Int(index < bytes.count ? bytes[index] : 0)
      }
      for shift in [18, 12, 6, 0] { output.append(alphabet[number >> shift & 63]) }
    }
    return output
  }
}

extension [UInt8] {
  fileprivate func has(_ other: [UInt8], from start: Int) -> Bool {
    guard start + other.count <= count, self[start] == other[0] else { return false }
    return (0..<other.count).allSatisfy { self[start + $0] == other[$0] }
  }
}
