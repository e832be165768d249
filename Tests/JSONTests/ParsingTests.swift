import Testing

@testable import JSON

@Suite("Parsing")
struct ParsingTests {
  @Test(
    "A text of RFC 8259 is accepted",
    arguments: [
      ("null", "null"), ("true", "true"), ("false", "false"), ("0", "0"), ("-0", "0"),
      ("\"\"", "\"\""), ("[]", "[]"), ("{}", "{}"), (" \t\r\n{ } \t\r\n", "{}"),
      ("[ 1 , 2 ]", "[1,2]"), ("[[],[[]],{}]", "[[],[[]],{}]"), ("\u{FEFF}1", "1"),
      ("{\"a\":1,\"b\":[null]}", "{\"a\":1,\"b\":[null]}"), ("{\"\":0}", "{\"\":0}"),
      ("{ \"a\" : { \"a\" : true } }", "{\"a\":{\"a\":true}}"),
      ("[1e2,1E+2,1e-2]", "[100,100,0.01]"),
      ("\"\u{7F}\u{2028}\"", "\"\u{7F}\u{2028}\""),
    ])
  func accepted(text: String, compact: String) throws {
    #expect(try JSON.make(text).text == compact)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", " ", "nul", "nulL", "True", "tru", "truee", "nan", "NaN", "Infinity", "-Infinity",
      "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "[1]]", "[1}", "{", "}", "{]",
      "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}",
      "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "1 2", "1,", "// c\n1", "/**/1", "'a'",
      "\u{0C}1", "\u{A0}1", "\u{FEFF}", "\u{FEFF}\u{FEFF}1", "1\u{0}", "+1", ".5", "-", "-a", "--1",
      "01", "-01", "00", "1.", "1.e1", "1e", "1e+", "1e1.5", "0x10", "1_000", "１",
    ])
  func refused(text: String) {
    #expect(throws: JSONError.self) { try JSON.make(text) }
  }

  @Test(
    "The deepest nesting is read, one more is refused",
    arguments: [("[", "]"), ("{\"a\":", "}")])
  func nesting(open: String, close: String) throws {
    func nested(_ depth: Int) -> String {
      let inner = open == "[" ? "" : "0"
      return String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }
    #expect(try JSON.make(nested(JSON.deepestNesting)).text == nested(JSON.deepestNesting))
    #expect(
      throws: JSONError(offset: open.utf8.count * 128, reason: "The value is nested too deeply")
    ) {
      try JSON.make(nested(JSON.deepestNesting + 1))
    }
    #expect(throws: JSONError.self) { try JSON.make(String(repeating: open, count: 1_000_000)) }
  }

  @Test("Closed levels don't count as depth")
  func breadth() throws {
    let text = "[" + Array(repeating: "[[]]", count: 500).joined(separator: ",") + "]"
    #expect(try JSON.make(text).array?.count == 500)
  }

  @Test(
    "An error says where, in bytes",
    arguments: [
      ("[1,x]", 3, "No value starts with this character"),
      ("{\"é\":}", 6, "No value starts with this character"),
      ("{} {}", 3, "Something follows the value"),
      ("[1", 2, "A comma or the array's end is missing"),
      ("\"a", 2, "A string has no end"), ("", 0, "The text ends where a value should stand"),
    ])
  func position(text: String, offset: Int, reason: String) {
    #expect(throws: JSONError(offset: offset, reason: reason)) { try JSON.make(text) }
  }

  @Test(
    "An error says at which character of which line it is",
    arguments: [
      ("", 1, 1), ("[1,\n 2,\n]", 3, 1), ("{\r\n\"a\" 1}", 2, 5), ("[\"äö€😀\" 1]", 1, 9),
      ("\n\n  x", 3, 3), ("[\n\"a\nb\"]", 2, 3),
    ])
  func place(text: String, line: Int, column: Int) {
    #expect {
      try JSON.make(text)
    } throws: { error in
      guard let error = error as? JSONError else { return false }
      return error.line == line && error.column == column
        && "\(error)".hasSuffix("at line \(line), column \(column)")
    }
  }

  @Test("Bytes that don't lie together are read as well")
  func otherCollections() throws {
    let bytes = Array("[1,2]".utf8)
    let reversed: ReversedCollection<[UInt8]> = Array(bytes.reversed()).reversed()
    #expect(try JSON(parsing: reversed) == [1, 2])
    #expect(try JSON(parsing: bytes[1..<2]) == 1)
  }
}
