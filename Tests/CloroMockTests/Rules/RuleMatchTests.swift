import CloroContract
import JSON
import Simulation
import Testing

@testable import CloroMock

@Suite("What a rule matches")
struct RuleMatchTests {
  static let texts: [(form: String, shown: String, yes: [String], no: [String])] = [
    (#""tent""#, #"{"contains":"tent"}"#, ["tent", "my tents"], ["ten", "", "Tent"]),
    (#"{"equals":"a b"}"#, #"{"equals":"a b"}"#, ["a b"], ["a b ", "A b"]),
    (#"{"equals":"café"}"#, #"{"equals":"café"}"#, ["café"], ["cafe\u{301}", "cafe"]),
    (#"{"equals":"5 \u212A"}"#, #"{"equals":"5 \u212A"}"#, ["5 \u{212A}"], ["5 K"]),
    (#"{"contains":""}"#, #"{"contains":""}"#, ["", "a"], []),
    (#"{"contains":"aab"}"#, #"{"contains":"aab"}"#, ["aaab", "aabaab"], ["abab", "aa"]),
    (#"{"contains":"\n"}"#, #"{"contains":"\n"}"#, ["a\r\nb"], ["a\rb"]),
    (#"{"contains":"é"}"#, #"{"contains":"é"}"#, ["café"], ["cafe", "cafe\u{301}"]),
    (#"{"regex":"^a+$"}"#, #"{"regex":"^a+$"}"#, ["aa"], ["ab", ""]),
  ]

  @Test(
    "Texts match by whole, part or pattern, and are shown as they hold", arguments: texts.indices)
  func text(index: Int) throws {
    let row = Self.texts[index]
    let (read, problems) = try readRule(#"{"prompt":\#(row.form)}"#) {
      PromptMatch.read("prompt", &$0)
    }
    let match = try #require(read, "\(problems)")
    for text in row.yes { #expect(match.holds(for: text), "\(text)") }
    for text in row.no { #expect(!match.holds(for: text), "\(text)") }
    #expect(try match.json == JSON(parsing: Array(row.shown.utf8)))
  }

  @Test("A part is searched for as Swift does, in texts of few letters")
  func parts() {
    var random = SeededRandom(seed: 1)
    func text(_ longest: UInt64) -> String {
      String((0...random.next() % longest).map { _ in random.next() % 2 == 0 ? "a" : "b" })
    }
    for _ in 0..<2000 {
      let (text, part) = (text(14), text(6))
      #expect(
        PromptMatch.contains(part).holds(for: text) == text.contains(part), "\(part) in \(text)")
    }
  }

  private static let task = "/v1/async/task/{taskId}"

  static let conditions: [(match: RuleMatch, subject: RuleSubject, holds: Bool)] = [
    (RuleMatch(), .make(), true),
    (RuleMatch(path: "/v1/credits"), .make(), true), (RuleMatch(path: "/v1/x"), .make(), false),
    (RuleMatch(path: "/v1/cred*"), .make(), true), (RuleMatch(path: "/v1/x*"), .make(), false),
    (RuleMatch(path: "*"), .make(), true), (RuleMatch(path: "/v1/cred"), .make(), false),
    (RuleMatch(path: task), .make(path: "/v1/async/task/7", route: task), true),
    (RuleMatch(path: "/v1/async/task/7"), .make(path: "/v1/async/task/7", route: task), true),
    (RuleMatch(path: "/v1/async/task/8"), .make(path: "/v1/async/task/7", route: task), false),
    (RuleMatch(path: task), .make(path: "/v1/async/task"), false),
    (RuleMatch(method: "GET"), .make(), true), (RuleMatch(method: "POST"), .make(), false),
    (RuleMatch(method: "GET"), .make(method: "HEAD"), true),
    (RuleMatch(method: "HEAD"), .make(), false),
    (RuleMatch(provider: .grok), .make(provider: .grok), true),
    (RuleMatch(provider: .grok), .make(), false),
    (RuleMatch(country: "DE"), .make(country: "DE"), true),
    (RuleMatch(country: "DE"), .make(country: "de"), true),
    (RuleMatch(country: "DE"), .make(country: "AT"), false),
    (RuleMatch(prompt: .contains("a")), .make(), false),
    (RuleMatch(prompt: .contains("a"), nth: 7), .make(question: "a"), true),
    (RuleMatch(key: "k"), .make(), false),
  ]

  @Test("All conditions must hold, whatever the count", arguments: conditions.indices)
  func condition(index: Int) {
    let (match, subject, holds) = Self.conditions[index]
    #expect(match.concerns(subject) == holds)
  }

  @Test("A condition is shown with what it names only")
  func shown() {
    #expect(RuleMatch().json == [:])
    let match = RuleMatch(
      key: "k", path: "/p", method: "GET", provider: .googleNews, prompt: .equals("x"),
      country: "DE", nth: 2)
    #expect(
      match.json == [
        "key": "k", "path": "/p", "method": "GET", "provider": "google/news",
        "prompt": ["equals": "x"],
        "country": "DE", "nth": 2,
      ])
  }
}
