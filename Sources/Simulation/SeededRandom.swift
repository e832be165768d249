/// A deterministic source of numbers (SplitMix64): the same seed gives the same sequence on every
/// machine.
@usableFromInline package struct SeededRandom: RandomNumberGenerator {
  @usableFromInline var state: UInt64

  @inlinable package init(seed: UInt64) { state = seed }

  @inlinable package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A number above 0 and below 1.
  package mutating func nextShare() -> Double {
    Double(next() >> 11 | 1) / 9_007_199_254_740_992
  }

  /// The number of a place, as far from its neighbours' as two steps of a sequence are: what
  /// ``mix(_:)`` is given for draws that don't follow one another.
  @inlinable package static func scatter(_ place: UInt64) -> UInt64 {
    place &* 0x9E37_79B9_7F4A_7C15
  }

  /// Scatters a number over all 64 bits.
  @inlinable package static func mix(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

/// A 64-bit hash that is the same in every run and on every machine (FNV-1a, then scattered).
@usableFromInline package struct StableHash {
  @usableFromInline var state: UInt64 = 0xCBF2_9CE4_8422_2325

  @inlinable package init(seed: UInt64 = 0) { combine(seed) }

  @inlinable package mutating func combine(_ text: String) {
    let isContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
      for byte in bytes { add(byte) }
    }
    if isContiguous == nil { for byte in text.utf8 { add(byte) } }
    // The end of a text is hashed too, so that ("ab", "c") differs from ("a", "bc").
    add(0xFF)
  }

  /// Hashes eight bytes at a time.
  @inlinable package mutating func combine(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var index = 0
      while index + 8 <= bytes.count {
        combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
        index += 8
      }
      while index < bytes.count {
        add(bytes[index])
        index += 1
      }
    }
    combine(UInt64(bytes.count))
  }

  @inlinable package mutating func combine(_ number: UInt64) {
    state = SeededRandom.mix(state ^ number)
  }

  @inlinable mutating func add(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  @inlinable package var value: UInt64 { SeededRandom.mix(state) }
}
