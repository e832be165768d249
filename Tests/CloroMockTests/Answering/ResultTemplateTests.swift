import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("The language of result templates")
struct ResultTemplateTests {
  @Test(
    "Plain JSON renders as itself",
    arguments: [
      "null", "true", "-5", "2.5", "\"a\"", "[]", "{}", #"{"a":[1,{"b":null}],"c":"é\n\"\\"}"#,
      #"["{","}","{ {","}}"]"#,
    ])
  func plain(text: String) throws {
    #expect(try ResultTemplate.rendered(text) == text)
  }

  @Test("Variables stand for the request's values, escaped")
  func variables() throws {
    let input = ResultRenderer.Input.make(question: "Say \"hi\"\\\n to {{id}}?", seed: 5)
    #expect(
      try ResultTemplate.rendered(#"["{{question}}"]"#, input)
        == #"["Say \"hi\"\\\n to {{id}}?"]"#)
    #expect(
      try ResultTemplate.rendered(#""{{conversation}}""#, input)
        == ResultTemplate.rendered(#""{{conversation}}""#, .make(seed: 5, link: 10)))
    #expect(
      try ResultTemplate.rendered(#"["{{country}} {{origin}}/{{id}}"]"#, input)
        == #"["US http://127.0.0.1:8080/\#(input.id.text)"]"#)
  }

  static let members: [(String, String)] = [
    (#"{"a?2026-07":1,"b":2}"#, #"{"a":1,"b":2}"#), (#"{"a?2026-10":1,"b":2}"#, #"{"b":2}"#),
    (#"{"a?2026-10":1,"b?2026-10":2}"#, "{}"),
    (#"{"a?2026-10":1,"b?2026-07":2,"c":3}"#, #"{"b":2,"c":3}"#),
    (#"{"a":1,"b?2026-10":2,"c":3}"#, #"{"a":1,"c":3}"#),
    (#"{"a?!2026-10":{"x?!desktop":1}}"#, #"{"a":{}}"#),
    (#"{"a?include.html":1}"#, #"{"a":1}"#), (#"{"a?include.html&!mobile":1}"#, #"{"a":1}"#),
    (#"{"a?include.html&include.ads":1}"#, "{}"), (#"{"a?legacy":1,"b?disableWebSearch":2}"#, "{}"),
    (#"{"a?2026-07":"{{pick x: v}}","b?2026-10":"{{x}}","c":"{{x}}"}"#, #"{"a":"v","c":"v"}"#),
    (#"{"a?2026-07":1,"a?2026-10":2}"#, #"{"a":1}"#),
  ]

  @Test("A member's condition decides whether it is there", arguments: members)
  func conditions(text: String, rendered: String) throws {
    #expect(try ResultTemplate.rendered(text, .make(include: .html)) == rendered)
  }

  @Test(
    "Every word of a condition follows its fact",
    arguments: [
      ("2026-07", .make()), ("2026-10", .make(.chatgpt, .october2026)), ("desktop", .make()),
      ("mobile", .make(device: .mobile)), ("mobile", .make(device: .ios)),
      ("mobile", .make(device: .android)),
      ("legacy", .make(legacy: true)), ("disableWebSearch", .make(disableWebSearch: true)),
      ("documented", .make()), ("live", .make(style: AnswerStyle(shapes: .live))),
      ("full", .make()), ("typical", .make(style: AnswerStyle(variety: .typical))),
      ("sparse", .make(style: AnswerStyle(variety: .sparse))),
    ] as [(String, ResultRenderer.Input)])
  func words(word: String, input: ResultRenderer.Input) throws {
    #expect(try ResultTemplate.rendered(#"{"a?\#(word)":1,"b?!\#(word)":2}"#, input) == #"{"a":1}"#)
  }

  @Test("What isn't always there is there in a full answer, and not in a sparse one")
  func frequencies() throws {
    let text = #"{"a?1%":1,"b?!99%x":2,"c?2026-07&50%x":3}"#
    #expect(try ResultTemplate.rendered(text) == #"{"a":1,"c":3}"#)
    let sparse = AnswerStyle(variety: .sparse)
    #expect(try ResultTemplate.rendered(text, .make(style: sparse)) == #"{"b":2}"#)
  }

  @Test("In typical answers it is there as often as told, together with those of its name")
  func typicalFrequencies() throws {
    let template = try ResultTemplate.make(
      #"{"a?30%x":1,"b?30%x":2,"c?!30%x":3,"d?30%":4,"e?80%":5}"#)
    var counts: [String: Int] = [:]
    for seed in 0..<1000 as Range<UInt64> {
      let input = ResultRenderer.Input.make(seed: seed, style: AnswerStyle(variety: .typical))
      let result = try JSON(parsing: template.rendered(input))
      #expect((result["a"] != nil) == (result["b"] != nil))
      #expect((result["a"] != nil) == (result["c"] == nil))
      for member in result.object?.members ?? [] { counts[member.name, default: 0] += 1 }
    }
    #expect(240...360 ~= counts["a"] ?? 0 && 240...360 ~= counts["d"] ?? 0)
    #expect(740...860 ~= counts["e"] ?? 0)
  }

  @Test("What $let binds is there for all, and isn't written")
  func beginning() throws {
    let bindings = #""$let":["{{pick a: x}}","{{int b: 7..7}}"]"#
    let text = #"{\#(bindings),"c?2026-10":1,"d":"{{a}}{{b}}","e":"{{=b}}"}"#
    #expect(try ResultTemplate.rendered(text) == #"{"d":"x7","e":7}"#)
    let many = #"{"$let":["{{int n: 1..999}}"],"a":[{"$repeat":3,"$of":"{{=n}}"}],"b":"{{=n}}"}"#
    let result = try JSON(parsing: ResultTemplate.rendered(many).utf8)
    let number = try #require(result["b"])
    #expect(result["a"] == [number, number, number])
  }

  @Test("A name shares no word with the question, unless all do")
  func names() throws {
    let text = #""{{name x: Alpha One|Beta|Gamma}}""#
    for (question, names) in [
      ("What?", ["Alpha One", "Beta", "Gamma"]), ("BETA or Alphabet?", ["Alpha One", "Gamma"]),
      ("Is one beta's?", ["Gamma"]), ("alpha, beta, gamma", ["Alpha One", "Beta", "Gamma"]),
    ] {
      let drawn = try (0..<100 as Range<UInt64>).map {
        let rendered = try ResultTemplate.rendered(text, .make(question: question, seed: $0))
        return try JSON(parsing: rendered.utf8).string
      }
      #expect(Set(drawn) == Set(names), "\(question)")
    }
  }

  @Test("Every flag of include is a word", arguments: Include.named.map(\.name))
  func flags(name: String) throws {
    let flag = try #require(Include.named.first { $0.name == name }?.flag)
    let text = #"{"a?include.\#(name)":1,"b?!include.\#(name)":2}"#
    #expect(try ResultTemplate.rendered(text, .make(include: flag)) == #"{"a":1}"#)
    #expect(try ResultTemplate.rendered(text) == #"{"b":2}"#)
  }

  static let elements: [(String, String)] = [
    (#"[{"$if":"2026-07","a":1},{"$if":"2026-10","b":1}]"#, #"[{"a":1}]"#),
    (#"[{"$if":"2026-10","a":1},{"$if":"2026-07","b":1},3]"#, #"[{"b":1},3]"#),
    (#"[{"$if":"2026-10","a":1}]"#, "[]"), (#"[1,{"$if":"2026-10","a":1},2]"#, "[1,2]"),
    (#"[1,{"$if":"2026-10","a":1}]"#, "[1]"),
    (#"[{"$if":"2026-10","$repeat":2,"$of":1},{"$if":"2026-07","$repeat":2,"$of":2}]"#, "[2,2]"),
  ]

  @Test("An element's $if decides whether it is there", arguments: elements)
  func elementConditions(text: String, rendered: String) throws {
    #expect(try ResultTemplate.rendered(text) == rendered)
  }

  static let repetitions: [(String, String)] = [
    (#"[{"$repeat":3,"$of":0}]"#, "[0,0,0]"), (#"[{"$repeat":0,"$of":0}]"#, "[]"),
    (#"[1,{"$repeat":0,"$of":0},2]"#, "[1,2]"), (#"[{"$repeat":0,"$of":0},2]"#, "[2]"),
    (
      #"[{"$repeat":2,"$as":"n","$of":{"n":"{{=n}}","t":"{{n}}"}}]"#,
      #"[{"n":1,"t":"1"},{"n":2,"t":"2"}]"#
    ),
    (#"[{"$repeat":2,"$of":["a","b"]},"c"]"#, #"["a","b","a","b","c"]"#),
    (#"[{"$repeat":2,"$of":[["a"]]}]"#, #"[["a"],["a"]]"#),
    (#"[{"$repeat":"pages","$as":"p","$of":"{{p}}"}]"#, #"["1","2","3"]"#),
    (
      #"[{"$repeat":2,"$as":"i","$of":{"$repeat":2,"$as":"j","$of":"{{i}}{{j}}"}}]"#,
      #"["11","12","21","22"]"#
    ),
    (
      #"[{"$repeat":2,"$as":"i","$of":[{"$if":"2026-10","a":1},{"$if":"2026-07","b":"{{=i}}"}]}]"#,
      #"[{"b":1},{"b":2}]"#
    ),
    (#"[{"$repeat":2,"$of":{"$if":"2026-10","a":1}}]"#, "[]"),
  ]

  @Test("A repetition runs as often as told, with its number bound", arguments: repetitions)
  func repeats(text: String, rendered: String) throws {
    #expect(try ResultTemplate.rendered(text, .make(pages: 3)) == rendered)
  }

  @Test("Clusters are 1 to 6, all of them occur, and a repetition has as many")
  func clusters() throws {
    let counts = try (0..<200 as Range<UInt64>).map { seed in
      let text = try ResultTemplate.rendered(
        #"[{"$repeat":"clusters","$of":0}]"#, .make(seed: seed))
      let count = (text.utf8.count - 1) / 2
      #expect(count == ResultRenderer.productClusters(seed: seed))
      return count
    }
    #expect(Set(counts) == [1, 2, 3, 4, 5, 6])
  }

  @Test("Counters count up when named, and are only read with an at sign")
  func counters() throws {
    #expect(
      try ResultTemplate.rendered(#"["{{#a@}}","{{#a}}","{{#a}}","{{#a@}}","{{=#b}}","{{=#b@}}"]"#)
        == #"["0","1","2","2",1,1]"#)
    #expect(try ResultTemplate.rendered(#"[{"$repeat":3,"$of":"{{=#n}}"}]"#) == "[1,2,3]")
  }
}
