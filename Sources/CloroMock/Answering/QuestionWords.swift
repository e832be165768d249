/// The words of a question, which names in its answer must not be.
struct QuestionWords {
  private let hashes: [UInt64]
  /// A bit for each hash, by its lowest bits: mostly that of a name's word is missing.
  private let filter: UInt64

  init(_ question: String) {
    hashes = Self.hashes(of: question)
    filter = hashes.reduce(0) { $0 | Self.bit($1) }
  }

  func contains(_ hash: UInt64) -> Bool {
    filter & Self.bit(hash) != 0 && hashes.contains(hash)
  }

  private static func bit(_ hash: UInt64) -> UInt64 { 1 << (hash & 63) }

  /// The hashes (FNV-1a) of a text's words in lower case: runs of at least three letters of ASCII.
  static func hashes(of text: String) -> [UInt64] {
    var text = text
    return text.withUTF8 { bytes in
      var hashes: [UInt64] = []
      // Enough for most questions.
      hashes.reserveCapacity(16)
      let empty: UInt64 = 0xCBF2_9CE4_8422_2325
      var (hash, length) = (empty, 0)
      for byte in bytes {
        let letter = byte | 0x20
        guard letter &- UInt8(ascii: "a") < 26 else {
          if length >= 3 { hashes.append(hash) }
          (hash, length) = (empty, 0)
          continue
        }
        hash = (hash ^ UInt64(letter)) &* 0x0000_0100_0000_01B3
        length += 1
      }
      if length >= 3 { hashes.append(hash) }
      return hashes
    }
  }
}
