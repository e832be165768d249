/// Numbers in decimal digits.
@usableFromInline package enum Decimal {
  /// The most bytes that a number takes: `-9223372036854775808`.
  @inlinable package static var longest: Int { 20 }

  /// Writes a number.
  ///
  /// - Returns: How many bytes it has, at most ``longest``.
  @inlinable @inline(__always)
  package static func write(
    _ value: Int64, to memory: UnsafeMutableBufferPointer<UInt8>, at start: Int
  ) -> Int {
    var rest = value.magnitude
    var count = value < 0 ? 2 : 1
    var bound: UInt64 = 10
    // The bound can't overflow: 10¹⁹ exceeds every magnitude and fits 64 bits.
    while rest >= bound {
      count += 1
      bound *= 10
    }
    var index = start + count
    repeat {
      index -= 1
      memory[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    if value < 0 { memory[start] = UInt8(ascii: "-") }
    return count
  }
}

extension [UInt8] {
  /// Appends a number in decimal digits.
  @inlinable package mutating func append(decimal value: Int64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Decimal.longest) { digits in
      let count = Decimal.write(value, to: digits, at: 0)
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[..<count]))
    }
  }

  /// Appends the text of a literal.
  @inlinable package mutating func append(_ literal: StaticString) {
    literal.withUTF8Buffer { append(contentsOf: $0) }
  }
}
