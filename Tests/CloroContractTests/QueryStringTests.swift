import Testing

@testable import CloroContract

@Suite("Query strings")
struct QueryStringTests {
  @Test(
    "Names and values are decoded in order",
    arguments: [
      (nil, []), ("", []), ("a=1", ["a", "1"]), ("a=1&b=2&a=3", ["a", "1", "b", "2", "a", "3"]),
      ("a", ["a", ""]), ("a=", ["a", ""]), ("=1", ["", "1"]), ("&&a=1&", ["a", "1"]),
      ("a=b=c", ["a", "b=c"]), ("a+b=c+d%2B", ["a b", "c d+"]), ("%61%3D=%26", ["a=", "&"]),
      ("q=caf%C3%A9%20%F0%9F%98%80", ["q", "café 😀"]), ("q=%c3%a9", ["q", "é"]),
    ] as [(String?, [String])])
  func parameters(query: String?, expected: [String]) {
    #expect(QueryString(query).parameters.flatMap { [$0.name, $0.value] } == expected)
  }

  @Test(
    "A percent sign without two digits stays as it is",
    arguments: [
      ("%", "%"), ("%4", "%4"), ("%4g", "%4g"), ("%g4", "%g4"), ("%%41", "%A"), ("%+1", "% 1"),
      ("%-1", "%-1"), ("100%25", "100%"), ("%2541", "%41"), ("%00", "\u{0}"),
    ])
  func malformed(text: String, decoded: String) {
    #expect(QueryString.decode(text[...]) == decoded)
  }

  @Test("In a path a plus sign is a plus sign")
  func path() {
    #expect(QueryString.decode("a+b%2B%20c", isForm: false) == "a+b+ c")
  }

  @Test("Bytes that are no UTF-8 become replacement characters")
  func notUTF8() {
    #expect(QueryString.decode("%FFa%C3") == "\u{FFFD}a\u{FFFD}")
  }

  @Test("The first value of a name counts")
  func first() {
    let query = QueryString("model=grok&model=chatgpt&x")
    #expect(query["model"] == "grok" && query["x"] == "" && query["y"] == nil)
  }
}
