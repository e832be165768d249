/// Writes values one after the other, small numbers in few bytes.
struct PackedWriter: Sendable {
  private(set) var bytes: [UInt8] = []

  /// - Parameter capacity: For how many bytes it makes room beforehand.
  init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Seven bits in each byte, the lowest first; the eighth says that more follow.
  mutating func number(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Small also when it is negative.
  mutating func signed(_ value: Int64) {
    number(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// Always eight bytes.
  mutating func word(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func blob(_ value: [UInt8]) {
    number(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func text(_ value: String) {
    number(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }
}

/// Reads what a ``PackedWriter`` has written.
struct PackedReader {
  private let bytes: UnsafeRawBufferPointer
  private var place: Int

  /// - Parameter bytes: Must stay valid as long as the reader is used.
  init(_ bytes: UnsafeRawBufferPointer, from place: Int) {
    self.bytes = bytes
    self.place = place
  }

  mutating func byte() -> UInt8 {
    defer { place += 1 }
    return bytes[place]
  }

  mutating func number() -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while true {
      let byte = byte()
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  mutating func signed() -> Int64 {
    let value = number()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  mutating func word() -> UInt64 {
    defer { place += 8 }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  private mutating func next(_ count: Int) -> UnsafeRawBufferPointer {
    defer { place += count }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<(place + count)])
  }

  mutating func blob() -> [UInt8] {
    let count = Int(number())
    return Array(next(count))
  }

  mutating func text() -> String {
    let count = Int(number())
    return String(decoding: next(count), as: UTF8.self)
  }

  /// Whether the text that comes next has these bytes.
  mutating func isText(_ text: [UInt8]) -> Bool {
    let count = Int(number())
    return count == text.count && next(count).elementsEqual(text)
  }
}
