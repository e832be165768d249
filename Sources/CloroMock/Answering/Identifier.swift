/// Identifiers in the form of a version 4 UUID, derived from (seed, key, counter): parallel tests
/// don't disturb each other's.
enum Identifier {
  /// The identifier that belongs to a number.
  static func uuid(_ number: UInt64) -> String {
    var random = SeededRandom(seed: number)
    let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return String(unsafeUninitializedCapacity: 36) { output in
      var position = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          output[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = index < 16 ? high : low
        output[position] = digits[Int(word >> UInt64(60 - index % 16 * 4) & 15)]
        position += 1
      }
      return 36
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// That many hexadecimal digits, lower case.
  static func hexadecimal(_ number: UInt64, digits count: Int) -> String {
    var random = SeededRandom(seed: number)
    return String(decoding: (0..<count).map { _ in digits[Int(random.next() & 15)] }, as: UTF8.self)
  }
}
