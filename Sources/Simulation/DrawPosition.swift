/// Where the draws of a series lie between 0 and 1.
///
/// Draws that know nothing of each other miss a high percentile by several percent even in ten
/// thousand. So each thousand draws of a series are dealt out: one into each thousandth, in an order
/// and at a place within it that follow from the seed. A series then has the percentiles that it was
/// given, and its next draw can't be told from the last.
package enum DrawPosition {
  /// How many draws are dealt out together: with a thousand each tenth of a percent is met.
  private static let block: UInt64 = 1000

  /// - Parameters:
  ///   - number: The draw's number in its series.
  ///   - seed: The series.
  /// - Returns: A number above 0 and below 1.
  package static func of(_ number: UInt64, seed: UInt64) -> Double {
    let (round, place) = number.quotientAndRemainder(dividingBy: block)
    let key = SeededRandom.mix(seed ^ SeededRandom.mix(round &+ 0x9E37_79B9_7F4A_7C15))
    var random = SeededRandom(seed: key &+ place)
    return (Double(shuffled(place, key)) + random.nextShare()) / Double(block)
  }

  /// The place that a place of a block changes to: a permutation by a Feistel network over ten bits,
  /// repeated until the result is one of the block's places.
  private static func shuffled(_ place: UInt64, _ key: UInt64) -> UInt64 {
    var place = place
    repeat {
      var (left, right) = (place >> 5, place & 31)
      for round in 0..<4 as Range<UInt64> {
        (left, right) = (right, left ^ SeededRandom.mix(key &+ round << 5 &+ right) & 31)
      }
      place = left << 5 | right
    } while place >= block
    return place
  }
}
