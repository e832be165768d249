import Simulation
import Testing

@testable import Patterns

/// Compares with Swift's own expressions, which may take longer but find the same in short texts.
@Suite("Patterns beside Swift's Regex")
struct PatternDifferentialTests {
  /// Makes patterns and texts from a seed.
  private struct Generator {
    var random: SeededRandom

    mutating func pick<Element>(_ choices: [Element]) -> Element {
      choices[Int(random.next() % UInt64(choices.count))]
    }

    mutating func pattern(_ depth: Int) -> String {
      (0..<pick([1, 1, 2])).map { _ in sequence(depth) }.joined(separator: "|")
    }

    private mutating func sequence(_ depth: Int) -> String {
      (0..<pick([1, 2, 3])).map { _ in piece(depth) }.joined()
    }

    private mutating func piece(_ depth: Int) -> String {
      if pick([0, 0, 0, 0, 0, 0, 0, 1]) == 1 { return pick(["^", "$"]) }
      let group = depth > 0 && pick([true, false, false])
      let atom =
        group
        ? pick(["(", "(?:"]) + pattern(depth - 1) + ")"
        : pick(["a", "b", "1", " ", ".", "[ab]", "[^a]", "[a-c_]", #"\d"#, #"\w"#, #"\s"#, #"\W"#])
      return atom + pick(["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?"])
    }

    mutating func text() -> String {
      (0..<Int(random.next() % 8)).map { _ in pick(["a", "b", "c", "1", " ", "_", "-"]) }.joined()
    }
  }

  @Test("Both find the same", arguments: 0..<4)
  func same(round: Int) throws {
    var generator = Generator(random: SeededRandom(seed: UInt64(round)))
    var found = 0
    for _ in 0..<50 {
      let source = generator.pattern(2)
      let pattern = try Pattern(source)
      let regex = try Regex(source).matchingSemantics(.unicodeScalar)
      for _ in 0..<8 {
        let text = generator.text()
        let expected = text.firstMatch(of: regex) != nil
        #expect(pattern.matches(text) == expected, "\(source) in \(text.debugDescription)")
        if expected { found += 1 }
      }
    }
    // Neither all patterns nor none match.
    #expect(40...360 ~= found)
  }
}
