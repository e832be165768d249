/// An identifier in the form of a version 4 UUID, derived from seed, key and counter, so that
/// parallel tests don't change each other's identifiers.
package struct Identifier: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  /// The identifier derived from a number.
  package init(_ number: UInt64) {
    var random = SeededRandom(seed: number)
    high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
  }

  /// The identifier with these 128 bits.
  package init(words: (high: UInt64, low: UInt64)) { (high, low) = words }

  /// Its 128 bits.
  package var words: (high: UInt64, low: UInt64) { (high, low) }

  /// Reads the lower-case text form; nil for anything else.
  package init?(text: String) {
    var text = text
    guard let words = text.withUTF8({ Self.words(of: $0) }) else { return nil }
    (high, low) = words
  }

  private static func words(
    of text: UnsafeBufferPointer<UInt8>
  ) -> (high: UInt64, low: UInt64)? {
    guard text.count == 36 else { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for index in 0..<36 {
      let byte = text[index]
      if isHyphen(index) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      (high, low) = (high << 4 | low >> 60, low << 4 | UInt64(digit))
    }
    return (high, low)
  }

  /// The form 8-4-4-4-12, in lower-case hexadecimal digits.
  package var text: String {
    String(unsafeUninitializedCapacity: 36) { output in
      var index = 0
      func write(_ word: UInt64, _ digits: Int) {
        var rest = word
        for _ in 0..<digits {
          output[index] = Self.digit(rest >> 60)
          rest <<= 4
          index += 1
        }
      }
      func writeHyphen() {
        output[index] = UInt8(ascii: "-")
        index += 1
      }
      write(high, 8)
      writeHyphen()
      write(high << 32, 4)
      writeHyphen()
      write(high << 48, 4)
      writeHyphen()
      write(low, 4)
      writeHyphen()
      write(low << 16, 12)
      return index
    }
  }

  private static func isHyphen(_ index: Int) -> Bool {
    index == 8 || index == 13 || index == 18 || index == 23
  }

  private static func digit(_ number: UInt64) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: number & 15)
    return value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
  }

  /// So many lower-case hexadecimal digits, derived from a number.
  package static func hexadecimal(_ number: UInt64, digits count: Int) -> String {
    var random = SeededRandom(seed: number)
    return String(decoding: (0..<count).map { _ in digit(random.next()) }, as: UTF8.self)
  }
}
