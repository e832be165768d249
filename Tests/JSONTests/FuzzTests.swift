import Testing

@testable import JSON

@Suite("Mutated texts")
struct FuzzTests {
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  private static let seed = Array(
    #"{"a":[1,-2.5e3,true,false,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":[[{}]],"é":"😀"},"d":0}"#.utf8
  )
  private static let tokens: [[UInt8]] =
    [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "1e", "-", "0.", "null", "\u{0}",
      "\u{FEFF}", "é",
    ].map { Array($0.utf8) } + [[0xFF], [0x80], [0xF0, 0x9F]]

  private func mutated(_ random: inout Random) -> [UInt8] {
    var bytes = Self.seed
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let start = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, start + Int.random(in: 0...6, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random)!, at: start)
      case 2: bytes.replaceSubrange(start..<end, with: [UInt8.random(in: 0...255, using: &random)])
      case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
      default: bytes = Array(bytes.prefix(max(start, 1)))
      }
    }
    return bytes
  }

  @Test("The parser survives 20,000 mutated texts, and what it reads it reads again the same")
  func mutations() throws {
    var random = Random(state: 0x5EED_0BAD_CAFE_F00D)
    var (accepted, refused) = (0, 0)
    for _ in 0..<20_000 {
      let bytes = mutated(&random)
      do throws(JSONError) {
        let value = try JSON(parsing: bytes)
        accepted += 1
        let encoded = value.encoded
        guard try JSON(parsing: encoded).encoded == encoded else {
          Issue.record("reads differently: \(String(decoding: bytes, as: UTF8.self))")
          return
        }
      } catch {
        refused += 1
        #expect(0...bytes.count ~= error.offset)
      }
    }
    // Both outcomes must have occurred often, or the test shows nothing.
    #expect(accepted > 200 && refused > 10_000)
  }
}
