import Platform

/// Searches that compare eight bytes at a time. A request's head is searched for its end, for each
/// line's end, and for the fields that the server reads.
extension UnsafeBufferPointer<UInt8> {
  /// Whether the bytes begin with a text.
  @inline(__always)
  func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] {
      return false
    }
    return true
  }

  /// The first index from `start` on that has the byte, or `count`.
  @inline(__always)
  func index(of byte: UInt8, from start: Int) -> Int {
    let pattern = Word.all(byte)
    return index(from: start, upTo: count, where: { ($0 ^ pattern).zeros }, orOne: { $0 == byte })
  }

  /// The first index from `start` on whose byte ends a line or is not allowed in one: a control
  /// character other than HTAB (RFC 9110, section 5.5). `end` when there is none.
  @inline(__always)
  func indexOfControl(from start: Int, upTo end: Int) -> Int {
    var index = start
    while true {
      index = self.index(
        from: index, upTo: end, where: { $0.controls }, orOne: { $0 < 0x20 || $0 == 0x7F })
      guard index < end, self[index] == 0x09 else { return index }
      index += 1
    }
  }

  private typealias Word = UInt64

  /// - Parameter finds: Sets the highest bit of each byte that is found. Bytes after the first
  ///   found one may be marked wrongly; only the first mark is used.
  @inline(__always)
  private func index(
    from start: Int, upTo end: Int, where finds: (Word) -> Word, orOne findsOne: (UInt8) -> Bool
  ) -> Int {
    let bytes = UnsafeRawBufferPointer(self)
    var index = start
    while index + 8 <= end {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: Word.self)
      let found = finds(Word(littleEndian: word))
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < end, !findsOne(self[index]) { index += 1 }
    return index
  }
}

extension [UInt8] {
  /// Whether these bytes contain others at an index.
  package func has(_ bytes: [UInt8], at index: Int) -> Bool {
    guard count - index >= bytes.count else { return false }
    guard !bytes.isEmpty else { return true }
    return withUnsafeBytes { own in
      bytes.withUnsafeBytes { System.areEqual(own.baseAddress! + index, $0.baseAddress!, $0.count) }
    }
  }
}

/// Eight bytes, the first one in the lowest place. A subtraction may borrow from the next byte, so
/// a byte after one that is rightly found may be marked too.
extension UInt64 {
  fileprivate static func all(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  private static let highestBits = all(0x80)

  fileprivate var zeros: UInt64 { (self &- Self.all(1)) & ~self & Self.highestBits }

  /// Bytes below 0x20, and 0x7F.
  fileprivate var controls: UInt64 {
    ((self &- Self.all(0x20)) & ~self & Self.highestBits) | (self ^ Self.all(0x7F)).zeros
  }
}
