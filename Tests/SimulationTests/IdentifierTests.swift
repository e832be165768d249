import Testing

@testable import Simulation

@Suite("Identifiers")
struct IdentifierTests {
  @Test("An identifier has the form of a version 4 UUID", arguments: [0, 1, 42, UInt64.max])
  func form(number: UInt64) throws {
    let pattern = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    #expect(try pattern.wholeMatch(in: Identifier(number).text) != nil)
  }

  @Test("The same number gives the same identifier, on every machine")
  func deterministic() {
    #expect(Identifier(7).text == Identifier(7).text)
    // Pinned, because clients keep identifiers in their recordings.
    #expect(Identifier(0).text == "e220a839-7b1d-4daf-ae78-9e6aa1b965f4")
  }

  @Test("100,000 numbers give as many identifiers, and as many keys")
  func distinct() {
    #expect(Set((0..<100_000 as Range<UInt64>).map { Identifier($0).text }).count == 100_000)
    let keys = (0..<20_000 as Range<UInt64>).map { Identifier.hexadecimal($0, digits: 32) }
    #expect(Set(keys).count == 20_000)
    #expect(keys.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy("0123456789abcdef".contains) })
  }

  @Test("A stable hash tells texts, their borders, numbers and seeds apart")
  func hash() {
    func hash(_ texts: [String], _ number: UInt64 = 0, seed: UInt64 = 0) -> UInt64 {
      var hash = StableHash(seed: seed)
      for text in texts { hash.combine(text) }
      hash.combine(number)
      return hash.value
    }
    let values = [
      hash(["ab", "c"]), hash(["a", "bc"]), hash(["abc"]), hash(["abc", ""]), hash(["abc"], 1),
      hash(["abc"], seed: 1), hash([]),
    ]
    #expect(Set(values).count == values.count)
    #expect(hash(["é"]) == hash(["é"]) && hash(["\u{E9}"]) != hash(["e\u{301}"]))
  }

  @Test("The random numbers are SplitMix64's")
  func splitMix() {
    var random = SeededRandom(seed: 1_234_567)
    // The reference implementation's first numbers for this seed.
    #expect(
      [random.next(), random.next(), random.next()]
        == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }
}
