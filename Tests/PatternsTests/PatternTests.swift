import Testing

@testable import Patterns

@Suite("Patterns")
struct PatternTests {
  static let matches: [(pattern: String, yes: [String], no: [String])] = [
    ("", ["", "a"], []),
    ("b", ["b", "abc"], ["", "B", "a"]),
    ("a.c", ["abc", "xa€cx", "a\rc"], ["ac", "a\nc"]),
    ("[b-dx]", ["c", "x"], ["a", "e", "-"]),
    ("[^b-d]", ["a", "\n"], ["", "b", "cd"]),
    ("[-a]", ["-", "a"], ["b"]), ("[a-]", ["-", "a"], ["b"]),
    (#"[\]\\^]"#, ["]", #"\"#, "^"], ["a"]),
    (#"[\d_]"#, ["7", "_"], ["a"]), (#"[^\d\s]"#, ["a"], ["1", " ", ""]), (#"[\D]"#, ["a"], ["1"]),
    ("[[]", ["["], ["]"]),
    (#"\d+"#, ["a1", "٣"], ["a", "½"]), (#"\D"#, ["a"], ["12"]),
    (#"^\w+$"#, ["straße_1", "東京", "e\u{301}"], ["a-b", ""]), (#"\W"#, ["a b"], ["a_b"]),
    (#"a\sb"#, ["a b", "a\tb", "a\u{A0}b"], ["ab", "a\u{200B}b"]), (#"^\S+$"#, ["a.b"], ["a b"]),
    (#"\bcat\b"#, ["cat", "a cat!"], ["cats", "concat"]),
    (#"\Bcat"#, ["concat"], ["cat", "a cat"]),
    ("^ab", ["abc"], ["cab", "\nab"]), ("ab$", ["cab"], ["abc", "ab\n"]),
    ("^$", [""], ["a", "\n"]),
    ("^a|b$", ["ac", "cb"], ["ca", "bc"]), ("(^a|b)c", ["ac", "xbc"], ["xac"]),
    ("gr(a|e)y", ["gray", "grey"], ["gry"]), ("(?:ab)+c", ["abc", "ababc"], ["ac", "bc"]),
    ("a||b", [""], []), ("x(|y)z", ["xz", "xyz"], ["xyyz"]), ("()", [""], []),
    (#"^(\b)+a"#, ["a"], [""]), ("^a*$", ["", "aaa"], ["b", "ab"]), ("^a+$", ["a"], [""]),
    ("^a?$", ["", "a"], ["aa"]),
    ("^a{2}$", ["aa"], ["a", "aaa"]), ("^a{2,}$", ["aa", "aaaa"], ["a"]),
    ("^a{1,3}$", ["a", "aaa"], ["", "aaaa"]), ("^a{0}$", [""], ["a"]),
    ("^(a|b){0,2}$", ["ab"], ["aba"]),
    ("^a*?b+?c??d{1,2}?$", ["bd", "aabbcdd"], ["ad"]), ("^(a*)*$", ["", "aa"], ["b"]),
    ("^(?:a?){3}$", ["", "aaa"], ["aaaa"]), ("^(a|ab)(c|bcd)$", ["abcd", "ac"], ["abd"]),
    ("(?i)straße", ["STRAßE", "Straße"], ["STRASSE"]), ("(?i)[a-c]É", ["Bé"], ["dé"]),
    ("(?i)σ", ["Σ", "ς"], ["s"]), ("(?i)[^a]", ["b"], ["A", "a"]), ("(?i)i", ["I"], ["j"]),
    (#"\.\*\(\)\[\]\{\}\|\^\$\\\/\-"#, [#".*()[]{}|^$\/-"#], [""]), ("a]}", ["a]}"], ["a]"]),
    (#"\n\t\r\f\v"#, ["\n\t\r\u{0C}\u{0B}"], ["nt"]),
    (#"\x41\u0042\x{1F600}\u{63}"#, ["AB😀c"], ["x"]),
    (#"[\u0400-\u04FF]"#, ["Ж"], ["Z"]), ("é", ["é"], ["e\u{301}"]), ("e", ["e\u{301}"], ["é"]),
    ("👩‍💻|👍🏽", ["👍🏽"], ["👍"]), ("best (laptop|phone)s?", ["the best phones"], ["best tv"]),
  ]

  @Test("A pattern matches these texts and not those", arguments: matches.indices)
  func match(index: Int) throws {
    let row = Self.matches[index]
    let pattern = try Pattern(row.pattern)
    for text in row.yes {
      #expect(pattern.matches(text), "\(row.pattern) in \(text.debugDescription)")
    }
    for text in row.no {
      #expect(!pattern.matches(text), "\(row.pattern) in \(text.debugDescription)")
    }
  }

  static let refusals: [(pattern: String, part: String, position: Int)] = [
    ("a(b", "A group has no end", 1), ("ab)", "closes what none opened", 2),
    ("a[bc", "A class has no end", 1), ("x[]", "A class is empty", 1),
    ("[^]", "A class is empty", 0),
    ("[z-a]", "wrong way round", 1), (#"[a-\d]"#, "A range ends with a character", 1),
    (#"[\b]"#, "holds characters", 1), ("[[:alpha:]]", "Named classes are", 1),
    ("*a", "Nothing stands before *", 0), ("a|+", "Nothing stands before +", 2),
    ("(?)", "Groups are", 0),
    ("a**", "can't be repeated", 2), ("a{2}{3}", "can't be repeated", 4), ("a++", "Possessive", 2),
    ("^*", "A place can't be repeated", 1), (#"a\b+"#, "A place can't be repeated", 3),
    ("{2}", "A brace repeats", 0), ("a{x}", "Expected {n}", 1), ("a{,3}", "Expected {n}", 1),
    ("a{3", "Expected {n}", 1), ("a{3,2}", "wrong way round", 1), ("a{1001}", "goes up to 1000", 2),
    ("a{1,99999999999999999999}", "goes up to 1000", 4),
    (#"(a)\1"#, "Backreferences", 3), (#"\k<n>"#, "Backreferences", 0),
    (#"\q"#, #"no escape \q"#, 0),
    (#"a\"#, "A backslash stands at the end", 1), (#"\x4"#, "hexadecimal digits", 0),
    (#"\u{110000}"#, "hexadecimal digits", 0), (#"\uD800"#, "hexadecimal digits", 0),
    ("a(?=b)", "Lookaround", 1), ("(?!b)", "Lookaround", 0), ("(?<=b)a", "Lookaround", 0),
    ("(?<!b)a", "Lookaround", 0), ("a(?i)b", "very beginning", 1), ("(?<n>a)", "Groups are", 0),
    ("(?s)a", "Groups are", 0), ("(a{1000}){1000}", "larger than 1000 states", 0),
    ("(((){1000}){1000}){1000}", "larger than 1000 states", 0),
    (String(repeating: "(", count: 101), "nest deeper than 100", 100),
    (String(repeating: "a", count: 1001), "at most 1000 characters", 1000),
  ]

  @Test("What is no pattern is refused with reason and place", arguments: refusals.indices)
  func refusal(index: Int) {
    let row = Self.refusals[index]
    #expect {
      try Pattern(row.pattern)
    } throws: { error in
      let refusal = error as? Pattern.Refusal
      return refusal?.position == row.position && refusal?.reason.contains(row.part) == true
    }
  }

  @Test("Patterns are the same when their sources are, byte for byte")
  func identity() throws {
    #expect(try Pattern("é") == Pattern("é") && Pattern("é") != Pattern("e\u{301}"))
    #expect(try Set([Pattern("a"), Pattern("a"), Pattern("b")]).count == 2)
  }

  @Test(
    "A search takes at most as many steps as states times places",
    arguments: [
      "(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)(.*)(.*)(.*)x", "^(([a-z])+.)+[A-Z]([a-z])+$",
      "(a?){150}a{150}", "(?i)(\\w+\\s?)+!", "a{0,450}b",
    ])
  func bound(source: String) throws {
    let pattern = try Pattern(source)
    #expect(pattern.stateCount <= Pattern.Limit.states)
    for text in [String(repeating: "a", count: 2000), String(repeating: "ab ", count: 500), ""] {
      let (_, steps) = pattern.search(text)
      #expect(steps <= pattern.stateCount * (text.unicodeScalars.count + 1))
    }
  }

  @Test("An anchored pattern gives up where nothing is left to follow")
  func anchored() throws {
    #expect(try Pattern("^b").search(String(repeating: "a", count: 10_000)).steps <= 4)
  }
}
