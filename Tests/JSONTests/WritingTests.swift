import Testing

@testable import JSON

@Suite("Writing")
struct WritingTests {
  @Test(
    "A value is written compactly",
    arguments: [
      (nil, "null"), (true, "true"), (false, "false"), (-7, "-7"), (2.5, "2.5"), ("é", "\"é\""),
      ([], "[]"), ([1, [2, nil]], "[1,[2,null]]"), (["b": 1, "a": [:]], "{\"b\":1,\"a\":{}}"),
      (.integer(.min), "-9223372036854775808"),
    ] as [(JSON, String)])
  func compact(value: JSON, text: String) {
    #expect(value.text == text)
  }

  @Test("Quotes, backslashes and control characters are escaped, nothing else")
  func escapes() {
    #expect(JSON.string("\"\\/\n\r\t\u{8}\u{C}").text == #""\"\\/\n\r\t\b\f""#)
    #expect(JSON.string("\u{0}\u{1F}\u{7F}").text == "\"\\u0000\\u001f\u{7F}\"")
    #expect(JSON.string("<é😀\u{2028}>").text == "\"<é😀\u{2028}>\"")
  }

  @Test(
    "Every ASCII character comes back from a round trip, as value and as name", arguments: 0..<128)
  func roundTrip(code: Int) throws {
    let text = "a\(Character(Unicode.Scalar(UInt8(code))))z"
    let value: JSON = .object([text: .string(text)])
    #expect(try JSON(parsing: value.encoded) == value)
  }

  @Test(
    "Decimals are written so that they are read as the same",
    arguments: [
      0.1, 1e21, 1e-7, -1.5, Double.leastNonzeroMagnitude, 1.7976931348623157e308, 40.00005,
    ])
  func decimals(number: Double) throws {
    #expect(try JSON(parsing: JSON.decimal(number).encoded).number == number)
  }

  @Test("A missing text or number is null")
  func optionals() {
    #expect(JSON(String?.none) == .null && JSON("a" as String?) == "a")
    #expect(JSON(Int64?.none) == .null && JSON(3 as Int64?) == 3 && JSON(Int(4)) == 4)
  }
}
