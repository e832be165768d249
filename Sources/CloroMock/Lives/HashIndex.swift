/// Small numbers by the hashes of what they stand for. A pure value.
///
/// A number takes about fifteen bytes. Growing moves a few of them at a time (linear hashing), so
/// that an insertion takes the same time regardless of how many there are; a hash table stops for a
/// long time when it grows.
struct HashIndex: Sendable {
  /// How many numbers a page has on average when there is one page more, and one page less.
  private static let (most, least) = (12, 4)

  /// A hash's upper half, and the number below it. The half decides about the page: by its lowest
  /// bits.
  private typealias Entry = UInt64

  private var pages: [[Entry]] = [[]]
  /// A power of two: the number of pages when the last doubling was complete. Since then the first
  /// ones have been divided in two, one by one.
  private var round = 1
  private(set) var count = 0

  private func page(of entry: Entry) -> Int {
    let place = Int(entry >> 32) & (2 * round - 1)
    return place < pages.count ? place : place & (round - 1)
  }

  private static func entry(_ hash: UInt64, _ number: UInt32) -> Entry {
    hash & 0xFFFF_FFFF_0000_0000 | UInt64(number)
  }

  /// The number with a hash for which a condition holds: whether it stands for what is looked for,
  /// because another one may have the same hash.
  func number(_ hash: UInt64, where stands: (UInt32) -> Bool) -> UInt32? {
    let sought = Self.entry(hash, 0)
    return pages[page(of: sought)].withUnsafeBufferPointer { entries in
      for entry in entries where (entry ^ sought) >> 32 == 0 {
        let number = UInt32(truncatingIfNeeded: entry)
        if stands(number) { return number }
      }
      return nil
    }
  }

  mutating func insert(_ hash: UInt64, _ number: UInt32) {
    let entry = Self.entry(hash, number)
    pages[page(of: entry)].append(entry)
    count += 1
    if count > pages.count * Self.most { divide() }
  }

  /// Replaces a number that is there.
  mutating func replace(_ hash: UInt64, _ number: UInt32, with other: UInt32) {
    let entry = Self.entry(hash, number)
    let page = page(of: entry)
    guard let place = pages[page].firstIndex(of: entry) else { return }
    pages[page][place] = Self.entry(hash, other)
  }

  mutating func remove(_ hash: UInt64, _ number: UInt32) {
    let entry = Self.entry(hash, number)
    let page = page(of: entry)
    guard let place = pages[page].firstIndex(of: entry) else { return }
    pages[page].swapAt(place, pages[page].count - 1)
    pages[page].removeLast()
    count -= 1
    if pages.count > 1, count < pages.count * Self.least { unite() }
  }

  /// Divides the next page in two.
  private mutating func divide() {
    let place = pages.count - round
    let bit = UInt64(round) << 32
    let entries = pages[place]
    pages[place] = entries.filter { $0 & bit == 0 }
    pages.append(entries.filter { $0 & bit != 0 })
    if pages.count == 2 * round { round *= 2 }
  }

  /// Adds the last page to the one that it was divided from.
  private mutating func unite() {
    if pages.count == round { round /= 2 }
    let entries = pages.removeLast()
    pages[pages.count - round] += entries
  }
}
