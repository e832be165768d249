import Simulation

/// Made-up names beside the given ones, and searches for names that must not be found.
struct BrandNames: Sendable {
  /// Names that nothing made up may have a part of, in lower case.
  private let forbidden: [[UInt8]]
  /// Made-up names without any of them, in the order of the seed.
  private let pool: [String]

  private static let beginnings = [
    "Vel", "Tor", "Quan", "Brix", "Zan", "Mor", "Kelv", "Drav", "Fen", "Lum", "Osp", "Jor",
  ]
  private static let middles = ["a", "o", "ari", "eni", "ul", "iro"]
  private static let ends = ["dex", "lin", "mund", "quil", "tha", "vek", "zor", "nell"]

  /// - Parameters:
  ///   - names: Names that nothing made up may contain, whatever their case.
  ///   - question: Its words aren't taken as names.
  init(without names: [String], question: String, seed: UInt64) {
    let forbidden = names.map { Array($0.lowercased().utf8) }
    self.forbidden = forbidden
    let asked = question.lowercased()
    let all = Self.beginnings.flatMap { beginning in
      Self.middles.flatMap { middle in Self.ends.map { beginning + middle + $0 } }
    }
    let allowed = all.filter { name in
      let lower = name.lowercased()
      let bytes = Array(lower.utf8)
      return !forbidden.contains { Self.first($0, in: bytes, from: 0) != nil }
        && !asked.contains(lower)
    }
    // A name of digits has no letter that somebody forbids; one of them is always free.
    let plain = (0..<10).map { String(repeating: String($0), count: 4) }.filter { name in
      !forbidden.contains { Self.first($0, in: Array(name.utf8), from: 0) != nil }
    }
    let names = allowed.count > 110 ? allowed : allowed + plain + ["–"]
    // A step without a common divisor with the count takes each once.
    let start = Int(SeededRandom.mix(seed ^ 0xB4A2_D5) % UInt64(names.count))
    let step = [389, 1, 2, 3].first { Self.divisor($0, names.count) == 1 } ?? 1
    pool = names.indices.map { names[(start + $0 * step) % names.count] }
  }

  private static func divisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : divisor(second, first % second)
  }

  /// The made-up name of a number; the same again only when there are no more.
  func filler(_ number: Int) -> String { pool[number % pool.count] }

  /// Whether a text has one of the names.
  func isForbidden(_ text: String) -> Bool {
    let bytes = text.utf8.map(Self.lower)
    return forbidden.contains { Self.first($0, in: bytes, from: 0) != nil }
  }

  /// A text in which other words stand in the place of those that have a part of a name: the same
  /// word always gives the same other one.
  ///
  /// - Parameter kept: Words that stay, because the text means something else without them.
  func cleared(_ text: String, keeping kept: Set<String>) -> String {
    guard isForbidden(text) else { return text }
    let bytes = Array(text.utf8)
    let lower = bytes.map(Self.lower)
    var hits: [Range<Int>] = []
    for name in forbidden {
      var start = 0
      while let place = Self.first(name, in: lower, from: start) {
        hits.append(Self.words(around: place..<place + name.count, in: bytes))
        start = place + 1
      }
    }
    hits.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    var (output, end) = ([UInt8](), 0)
    for hit in hits where hit.lowerBound >= end {
      let word = String(decoding: lower[hit], as: UTF8.self)
      guard !kept.contains(word) else { continue }
      output += bytes[end..<hit.lowerBound]
      let other = filler(200 + Int(Self.hash(lower[hit]) % 331))
      let isCapital = bytes[hit.lowerBound] & 0xE0 == 0x40
      output += (isCapital ? other : other.lowercased()).utf8
      end = hit.upperBound
    }
    return String(decoding: output + bytes[end...], as: UTF8.self)
  }

  /// The whole words that a range has a part of. What follows `%` is the code of a character.
  private static func words(around range: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start > 0, isWord(bytes[start - 1]) { start -= 1 }
    while end < bytes.count, isWord(bytes[end]) { end += 1 }
    if start > 0, bytes[start - 1] == UInt8(ascii: "%"), start + 2 <= range.lowerBound {
      start += 2
    }
    return start..<end
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x61...0x7A ~= byte | 0x20
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    0x41...0x5A ~= byte ? byte | 0x20 : byte
  }

  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var hash = StableHash(seed: 0x5C_2B)
    hash.combine(Array(bytes))
    return hash.value
  }

  private static func first(_ part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    guard !part.isEmpty, text.count >= part.count, start <= text.count - part.count else {
      return nil
    }
    return (start...text.count - part.count).first { place in
      text[place] == part[0] && text[place..<place + part.count].elementsEqual(part)
    }
  }
}
