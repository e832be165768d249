import Testing

@testable import HTTPServer

@Suite("Searching bytes eight at a time")
struct ByteSearchTests {
  /// Bytes at the limits of the search, and those that a borrow in the subtraction could mark
  /// wrongly.
  private static let telling: [UInt8] = [
    0, 1, 8, 9, 10, 13, 0x1F, 0x20, 0x21, 0x3A, 0x3B, 0x7E, 0x7F, 0x80, 0x81, 0x8D, 0xA0, 0xFF,
  ]

  @Test("It finds what a search byte by byte finds, wherever it begins and ends")
  func sameAsByteByByte() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8(ascii: "a") : Self.telling.randomElement(using: &random)!
      }
      let start = Int.random(in: 0...bytes.count, using: &random)
      let end = Int.random(in: start...bytes.count, using: &random)
      let byte = Self.telling.randomElement(using: &random)!
      bytes.withUnsafeBufferPointer { buffer in
        let control = (start..<end).first { !HTTPFields.isAllowedInValue(bytes[$0]) } ?? end
        #expect(
          buffer.indexOfControl(from: start, upTo: end) == control, "\(bytes) \(start)..<\(end)")
        let index = (start..<bytes.count).first { bytes[$0] == byte } ?? bytes.count
        #expect(buffer.index(of: byte, from: start) == index, "\(byte) in \(bytes) from \(start)")
      }
    }
  }
}
