/// A search for a part of texts, byte by byte, in time proportional to the text (Knuth, Morris and
/// Pratt).
package struct TextSearch: Sendable {
  /// What is looked for.
  package let part: String
  private let bytes: [UInt8]
  /// For each length, how much of the part still matches when the next byte doesn't.
  private let shorter: [Int]

  package init(_ part: String) {
    self.part = part
    bytes = Array(part.utf8)
    var shorter = Array(repeating: 0, count: bytes.count + 1)
    var matched = 0
    for index in bytes.indices.dropFirst() {
      while matched > 0, bytes[index] != bytes[matched] { matched = shorter[matched] }
      if bytes[index] == bytes[matched] { matched += 1 }
      shorter[index + 1] = matched
    }
    self.shorter = shorter
  }

  /// How many bytes are looked through in the time of a step of a pattern's search.
  private static let bytesInAStep = 16

  /// What a search of a text counts for, in steps of a pattern's search.
  package static func steps(_ text: String) -> Int { 1 + text.utf8.count / bytesInAStep }

  /// Whether a text holds the part.
  package func isFound(in text: String) -> Bool {
    guard let first = bytes.first else { return true }
    guard bytes.count <= text.utf8.count else { return false }
    var text = text
    return text.withUTF8 { text in
      bytes.withUnsafeBufferPointer { bytes in
        var matched = 0
        var index = 0
        while index < text.count {
          if matched == 0 {
            // Most of a text begins nothing.
            while index < text.count, text[index] != first { index += 1 }
            guard index < text.count else { return false }
          }
          while matched > 0, text[index] != bytes[matched] { matched = shorter[matched] }
          if text[index] == bytes[matched] { matched += 1 }
          if matched == bytes.count { return true }
          index += 1
        }
        return false
      }
    }
  }
}

extension TextSearch: Hashable {
  package static func == (left: TextSearch, right: TextSearch) -> Bool { left.bytes == right.bytes }

  package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
