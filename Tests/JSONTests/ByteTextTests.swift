import Testing

@testable import JSON

@Suite("Texts are compared byte by byte")
struct ByteTextTests {
  /// Both forms of the same word, which Swift takes for equal.
  private static let (composed, apart) = ("caf\u{E9}", "cafe\u{301}")

  @Test("Equivalent texts are two")
  func equality() {
    #expect(Self.composed == Self.apart)
    #expect(!Self.composed.hasSameBytes(as: Self.apart))
    #expect(Set([Self.composed, Self.apart, "a", "a"].map(ByteText.init)).count == 3)
    #expect(ByteText("K") != ByteText("\u{212A}"))
    #expect("".hasSameBytes(as: "") && !"".hasSameBytes(as: "a"))
  }

  @Test("An object has both as members")
  func members() throws {
    var object: JSONObject = [:]
    object[Self.composed] = 1
    object[Self.apart] = 2
    #expect(object.members.count == 2)
    #expect(object[Self.composed] == 1 && object[Self.apart] == 2)
    object[Self.composed] = nil
    #expect(object.members.map(\.name.utf8.count) == [6])
  }

  @Test("A merge patch merges each with its own")
  func patch() {
    let target: JSON = .object(JSONObject([.init(Self.composed, 1)]))
    let patch = JSONObject([.init(Self.apart, 2), .init(Self.composed, 3)])
    let merged = target.merging(patch).object?.members ?? []
    #expect(merged.map(\.value) == [3, 2])
  }

  @Test("A table of names holds both")
  func names() {
    var table = NameTable<Int>()
    table[Self.composed] = 1
    table[Self.apart, default: 5] += 1
    #expect(table.count == 2 && table[Self.composed] == 1 && table[Self.apart] == 6)
    #expect(table.names.map(\.utf8.count) == [6, 5])
    #expect(table.removeValue(for: Self.apart) == 6 && table[Self.apart] == nil)
  }

  @Test("A table's value is changed in its place, not in a copy")
  func changes() {
    final class Content {}
    struct Value {
      var content = Content()
      mutating func isAlone() -> Bool { isKnownUniquelyReferenced(&content) }
    }
    var table = NameTable<Value>()
    table["a"] = Value()
    let isAlone = table["a"]?.isAlone()
    let isAloneByDefault = table["a", default: Value()].isAlone()
    #expect(isAlone == true && isAloneByDefault)
  }

  @Test("Twice the same member is a problem, two forms of it are not")
  func reader() {
    func problems(_ second: String) -> [JSONProblem] {
      let problems = JSONProblems()
      let object: JSON = .object(JSONObject([.init(Self.composed, 1), .init(second, 2)]))
      let reader = ObjectReader(object, problems: problems)
      reader?.finish()
      return problems.list
    }
    #expect(problems(Self.composed).map(\.message).contains("stands twice"))
    #expect(!problems(Self.apart).map(\.message).contains("stands twice"))
  }
}

@Suite("Text from outside in messages")
struct ShownTextTests {
  @Test(
    "What hides or turns text is escaped",
    arguments: [
      ("plain", "plain"), ("é日本👩‍💻", "é日本👩‍💻"), ("a\u{202E}b", "a\\u{202E}b"), ("\u{7}", "\\u{7}"),
      ("\u{1B}[31m", "\\u{1B}[31m"), ("a\nb\r", "a\\u{A}b\\u{D}"),
      ("\u{2066}\u{200F}", "\\u{2066}\\u{200F}"),
      ("\u{2028}", "\\u{2028}"), ("\u{FEFF}", "\\u{FEFF}"), ("\u{9B}", "\\u{9B}"), ("", ""),
    ])
  func escapes(text: String, shown: String) {
    #expect(ShownText.value(text) == shown)
  }

  @Test("Lines stay lines in a message")
  func lines() {
    #expect(ShownText.message("a\nb\u{1B}") == "a\nb\\u{1B}")
  }

  @Test("A long value is cut, at a character, and says how long it was")
  func cut() {
    let long = String(repeating: "é", count: 1_000_000)
    #expect(ShownText.value(long) == String(repeating: "é", count: 100) + "… (2000000 bytes)")
    #expect(ShownText.value(String(repeating: "a", count: 200)).utf8.count == 200)
    #expect(ShownText.value(String(repeating: "\u{7}", count: 200)).utf8.count < 250)
  }

  @Test("A problem holds no more than that of a member's name")
  func problem() {
    let problems = JSONProblems()
    let name = String(repeating: "x", count: 1_000_000) + "\u{202E}"
    ObjectReader(.object(JSONObject([.init(name, 1)])), problems: problems)?.finish()
    #expect(problems.list.count == 1)
    #expect(problems.list[0].path.utf8.count < 250 && problems.list[0].message.utf8.count < 250)
  }
}
