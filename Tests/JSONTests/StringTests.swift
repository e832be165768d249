import Testing

@testable import JSON

@Suite("Strings")
struct StringTests {
  @Test(
    "Escapes stand for their characters",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "Aéé"),
      (#""\u0000""#, "\u{0}"), (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00!""#, "😀!"),
      (#""a\u0301""#, "a\u{301}"), (#""\uffff\uFFFE""#, "\u{FFFF}\u{FFFE}"),
    ])
  func escapes(text: String, value: String) throws {
    let read = try #require(try JSON.make(text).string)
    #expect(Array(read.unicodeScalars) == Array(value.unicodeScalars))
  }

  @Test(
    "A lone surrogate becomes the replacement character",
    arguments: [
      (#""\ud800""#, "\u{FFFD}"), (#""\udc00x""#, "\u{FFFD}x"), (#""\ud800\u0041""#, "\u{FFFD}A"),
      (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud800\n""#, "\u{FFFD}\n"),
      (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud800\\u0041""#, "\u{FFFD}\\u0041"),
    ])
  func surrogates(text: String, value: String) throws {
    #expect(try JSON.make(text).string == value)
  }

  @Test(
    "A malformed escape is refused",
    arguments: [
      #""\"#, #""\""#, #""\a""#, #""\x41""#, #""\U0041""#, #""\u""#, #""\u004""#, #""\u004g""#,
      #""\u 041""#, #""\u+041""#, #""\ud800\u""#, #""\ud800\u12""#, #""\u００４１""#, "\"\\\n\"",
    ])
  func malformed(text: String) {
    #expect(throws: JSONError.self) { try JSON.make(text) }
  }

  @Test("A control character must be escaped, in plain and in escaped strings", arguments: 0..<32)
  func controls(code: Int) {
    let control = UInt8(code)
    for prefix in ["\"", #""\n"#] {
      #expect(throws: JSONError.self) {
        try JSON(parsing: Array(prefix.utf8) + [control, UInt8(ascii: "\"")])
      }
    }
  }

  @Test(
    "Bytes that are not UTF-8 are refused, in values, names and after escapes",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0xF0, 0x80, 0x80, 0xAF],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    let quote = [UInt8(ascii: "\"")]
    #expect(throws: JSONError.self) { try JSON(parsing: quote + bytes + quote) }
    #expect(throws: JSONError.self) { try JSON(parsing: Array(#""\n"#.utf8) + bytes + quote) }
    #expect(throws: JSONError.self) {
      try JSON(parsing: Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8))
    }
    #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
  }

  @Test("Text of every plane passes unchanged")
  func planes() throws {
    let text = "aß€水😀\u{10FFFF}\u{0301}👩‍👩‍👧"
    let read = try #require(try JSON.make("\"\(text)\"").string)
    #expect(Array(read.utf8) == Array(text.utf8))
  }
}
