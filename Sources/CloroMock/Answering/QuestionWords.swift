import Simulation

/// The words of a question, which names in its answer must not be.
struct QuestionWords {
  private let words: Set<UInt64>

  init(_ question: String) { words = Set(Self.hashes(of: question)) }

  func contains(anyOf hashes: [UInt64]) -> Bool { hashes.contains { words.contains($0) } }

  /// The hashes of a text's words in lower case: runs of at least three letters of ASCII.
  static func hashes(of text: String) -> [UInt64] {
    var (hashes, word): ([UInt64], [UInt8]) = ([], [])
    func end() {
      defer { word.removeAll(keepingCapacity: true) }
      guard word.count >= 3 else { return }
      var hash = StableHash()
      hash.combine(word)
      hashes.append(hash.value)
    }
    for byte in text.utf8 {
      let letter = byte | 0x20
      if letter &- UInt8(ascii: "a") < 26 { word.append(letter) } else { end() }
    }
    end()
    return hashes
  }
}
