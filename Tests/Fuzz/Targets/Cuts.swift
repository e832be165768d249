/// Where an input is cut, to see that it reads the same wherever that is.
enum Cuts {
  /// At every byte, and at a few places that the bytes themselves determine.
  static func all(of bytes: [UInt8]) -> [[Int]] {
    guard bytes.count > 1 else { return [] }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let places = (0..<4).map { 1 + Int(hash >> ($0 * 16) & 0xFFFF) % (bytes.count - 1) }
    return [Array(1..<bytes.count), Set(places).sorted()] + places.map { [$0] }
  }
}
