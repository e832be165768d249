/// Where the draws of a series lie between 0 and 1.
///
/// Draws that know nothing of each other miss a high percentile by several percent even in ten
/// thousand. So the draws of a series are dealt out: of each hundred one into each hundredth, and
/// of each thousand one into each thousandth, in an order and at a place within it that follow from
/// the seed. A series then has the percentiles that it was given, wherever it begins and ends, and
/// its next draw can't be told from the last.
package enum DrawPosition {
  /// - Parameters:
  ///   - number: The draw's number in its series.
  ///   - seed: The series.
  /// - Returns: A number above 0 and below 1.
  package static func of(_ number: UInt64, seed: UInt64) -> Double {
    let (round, place) = number.quotientAndRemainder(dividingBy: 1000)
    let (group, index) = place.quotientAndRemainder(dividingBy: 100)
    let key = SeededRandom.mix(seed ^ SeededRandom.mix(round &+ 0x9E37_79B9_7F4A_7C15))
    let hundredth = shuffled(index, below: 100, halfBits: 4, key: SeededRandom.mix(key &+ group))
    let tenth = shuffled(group, below: 10, halfBits: 2, key: SeededRandom.mix(key ^ hundredth))
    var random = SeededRandom(seed: key &+ place)
    return (Double(hundredth * 10 + tenth) + random.nextShare()) / 1000
  }

  /// The number that a number changes to: a permutation by a Feistel network, repeated until the
  /// result is below the bound.
  ///
  /// - Parameter halfBits: Half of the network's bits, which have room for the bound.
  private static func shuffled(
    _ number: UInt64, below bound: UInt64, halfBits: UInt64, key: UInt64
  ) -> UInt64 {
    let mask = 1 << halfBits - 1 as UInt64
    var number = number
    repeat {
      var (left, right) = (number >> halfBits, number & mask)
      for round in 0..<4 as Range<UInt64> {
        (left, right) = (
          right, left ^ SeededRandom.mix(key &+ (round << halfBits | right)) & mask
        )
      }
      number = left << halfBits | right
    } while number >= bound
    return number
  }
}
