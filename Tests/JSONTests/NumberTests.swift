import Testing

@testable import JSON

@Suite("Numbers")
struct NumberTests {
  @Test(
    "A number without fraction that 64 bits hold is an integer",
    arguments: [
      ("0", 0), ("-0", 0), ("-0.0", 0), ("2.0", 2), ("2e0", 2), ("20e-1", 2), ("1E3", 1000),
      ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
      ("9007199254740993", 9_007_199_254_740_993), ("1e-400", 0),
    ] as [(String, Int64)])
  func integers(text: String, value: Int64) throws {
    #expect(try JSON.make(text) == .integer(value))
    #expect(try JSON.make(text).number == Double(value))
  }

  @Test(
    "Every other number is a decimal",
    arguments: [
      ("2.5", 2.5), ("-0.1", -0.1), ("1e300", 1e300),
      ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
      ("9223372036854775808", 9_223_372_036_854_775_808.0),
      ("-9223372036854775809", -9_223_372_036_854_775_808.0),
      ("123456789012345678901234567890", 1.2345678901234568e29),
      ("5e-324", Double.leastNonzeroMagnitude),
    ] as [(String, Double)])
  func decimals(text: String, value: Double) throws {
    let json = try JSON.make(text)
    #expect(json.number == value)
    #expect(try JSON.make(json.text).number == value)
  }

  @Test(
    "A number beyond the range of doubles is refused", arguments: ["1e309", "-1e309", "1e99999"])
  func tooLarge(text: String) {
    #expect(throws: JSONError.self) { try JSON.make(text) }
    #expect(throws: JSONError.self) { try JSON.make(String(repeating: "9", count: 400)) }
  }

  @Test("A fraction is no integer, and a text is no number")
  func accessors() throws {
    #expect(try JSON.make("2.5").integer == nil)
    #expect(try JSON.make("2").integer == 2)
    #expect(try JSON.make("\"2\"").number == nil)
    #expect(try JSON.make("true").integer == nil)
  }

  @Test("A long number takes no longer than its length")
  func longDigits() throws {
    let text = "0." + String(repeating: "3", count: 100_000)
    #expect(try JSON.make(text).number == 1.0 / 3)
  }
}
