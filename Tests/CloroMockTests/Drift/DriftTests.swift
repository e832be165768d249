import CloroContract
import JSON
import Testing

@testable import CloroMock

/// The pure parts of drift: probes, shapes, prices, the purse.
@Suite struct DriftTests {
  @Test(
    "Each probe names rules of its revision, and no two have the same name",
    arguments: ContractRevision.allCases)
  func rulesOfProbes(revision: ContractRevision) {
    let probes = DriftProbe.all(in: revision)
    let rules = Set(DriftReport.rules(of: revision))
    for probe in probes {
      #expect(!probe.rules.isEmpty)
      #expect(rules.isSuperset(of: probe.rules + [probe.textRule]), "\(probe.name)")
    }
    #expect(Set(probes.map(\.name)).count == probes.count)
    #expect(probes.map(\.price).reduce(0, +) < 200)
  }

  @Test("A member is missed only when every example has it; types are those of all examples")
  func shapes() throws {
    var shape = ResultShape()
    shape.learn(["a": 1, "list": [["b": "x"], ["b": nil, "c": true]]])
    shape.learn(["a": 2.5, "list": [], "d": [:]])
    #expect(shape.differences(of: ["a": 3, "list": []]) == [])
    let found = shape.differences(of: ["list": [["b": 1], ["e": 1]], "d": [], "rawResponse": 1])
    let told = found.map { "\($0.kind) \($0.path) \($0.expected) \($0.found ?? "")" }
    #expect(
      Set(told) == [
        #"removed a ["number"] "#, #"type list[].b ["null", "string"] number"#,
        #"removed list[].b ["null", "string"] "#, #"added list[].e [] number"#,
        #"type d ["object"] array"#, #"added rawResponse [] number"#,
      ])
  }

  @Test(
    "Texts have forms",
    arguments: [
      ("https://a.example", "url"), ("2026-01-02", "date"), ("Aug 05, 2026", "date"),
      ("2026-01-02T03:04:05.678Z", "timestamp"), ("data:image/png;base64,AA", "data"),
      ("", "empty"),
      ("01234567-89ab-cdef-0123-456789abcdef", "uuid"), ("0123", "digits"), ("four", nil),
    ])
  func forms(text: String, form: String?) {
    #expect(ResultShape.format(of: .string(text)) == form)
  }

  @Test("A question is asked while as much is left as it may cost")
  func purse() {
    var purse = DriftPurse(cap: 24)
    #expect(purse.allows(12) && !purse.allows(13) && purse.allows(0))
    purse.take(4, price: 5)
    #expect(purse.spent == 4 && purse.committed == 5)
    #expect(purse.allows(9) && !purse.allows(10))
    // Three times its price: so others may be six times as dear.
    purse.take(6, price: 2)
    #expect(purse.spent == 10 && purse.committed == 11)
    #expect(purse.allows(2) && !purse.allows(3))
    // Nothing was said: the worst is assumed.
    purse.take(nil, price: 1)
    #expect(purse.spent == 16 && purse.committed == 17)
  }

  @Test("Keys are hidden, whoever they belong to")
  func secrets() {
    let comparison = DriftComparison(.july2026, secrets: ["topsecret"])
    let shown = comparison.clean("a topsecret, sk_live_abc1 and sk_test_; whsec_Z9.")
    #expect(shown == "a …, sk_live_… and sk_test_; whsec_….")
  }

  // MARK: Values of results

  private static let styles = AnswerShapes.allCases.flatMap { shapes in
    AnswerVariety.allCases.map { AnswerStyle(shapes: shapes, variety: $0) }
  }

  /// Results of the double's to questions with nothing and with all asked for.
  private static func results(
    _ revision: ContractRevision
  ) -> [(result: JSON, request: MonitorRequest)] {
    let library = ResultLibrary()
    let includes: [Include] = [[], Include(Include.named.map { $0.flag })]
    var results: [(result: JSON, request: MonitorRequest)] = []
    for provider in Provider.allCases {
      for include in includes {
        let pages = provider == .google || provider == .googleNews ? 2 : 1
        let request = MonitorRequest(
          provider: provider, question: "Which boots?", pages: pages, include: include)
        for style in styles {
          for seed in 0..<8 as Range<UInt64> {
            var text: [UInt8] = []
            library.render(
              ResultRenderer.Input(
                question: Question(request), revision: revision, style: style, seed: seed,
                link: seed, origin: "https://cdn.example"), to: &text)
            if let result = try? JSON(parsing: text) { results.append((result, request)) }
          }
        }
      }
    }
    return results
  }

  @Test("The double's own results break no rule", arguments: ContractRevision.allCases)
  func ownResults(revision: ContractRevision) {
    for (result, request) in Self.results(revision) {
      let seen = DriftResultRules.observations(
        of: result, to: request, question: "Which boots?", in: revision)
      for each in seen { #expect(each.broken == nil, "\(request.provider) \(each)") }
    }
  }

  @Test(
    "A rule is probed, shown by results, or has its reason", arguments: ContractRevision.allCases)
  func everyRule(revision: ContractRevision) {
    let shown = Self.results(revision).flatMap { result, request in
      DriftResultRules.observations(
        of: result, to: request, question: "Which boots?", in: revision
      ).map(\.rule)
    }
    let rules = DriftReport.rules(of: revision)
    #expect(Set(rules).isSuperset(of: shown))
    let told = Set(shown + ["errors.member-order"])
    for rule in rules where !DriftProbe.isProbed(rule, in: revision) && !told.contains(rule) {
      let reason = DriftProbe.reason(notToCheck: rule)
      #expect(reason != DriftProbe.unknownReason && reason != DriftProbe.unshownReason, "\(rule)")
    }
  }

  @Test(
    "Values that don't fit each other are told",
    arguments: [
      (
        Provider.chatgpt, "results.positions",
        #"{"sources":[{"position":1,"url":"a"},{"position":3,"url":"b"}]}"#
      ),
      (
        .grok, "results.positions",
        #"{"sources":[{"position":1,"url":"a"}],"citationPills":[{"position":1,"url":"b"}]}"#
      ),
      (
        .grok, "results.positions",
        #"{"sources":[{"position":1,"url":"a"}],"citationPills":[{"position":0,"url":"a"}]}"#
      ),
      (.gemini, "results.pill-base", #"{"citationPills":[{"citationPillId":0}]}"#),
      (.chatgpt, "results.pill-base", #"{"citationPills":[{"citationPillId":1}]}"#),
      (.grok, "results.html-links", #"{"html":"<p>"}"#),
      (.google, "results.html-links", #"{"html":[]}"#),
      (
        .google, "results.pages",
        #"{"organicResults":[{"position":1,"page":1},{"position":1,"page":1}]}"#
      ),
      (.googleNews, "results.pages", #"{"newsResults":[{"position":1,"page":2}]}"#),
      (.google, "results.overview-absent", #"{"aioverview":null}"#),
      (.google, "results.prices", #"{"a":[{"price":{"currency":"$","value":null}}]}"#),
      (.aimode, "results.card-base-1", #"{"shoppingCards":[{"position":0}]}"#),
      (.aimode, "results.aimode-pills", #"{"sources":[],"citationPills":[]}"#),
      (.perplexity, "results.prompt-as-query", #"{"search_model_queries":["Else?"]}"#),
    ])
  func brokenValues(provider: Provider, rule: String, text: String) throws {
    let result = try JSON(parsing: Array(text.utf8))
    let request = MonitorRequest(provider: provider, question: "", include: [.html])
    let seen = DriftResultRules.observations(
      of: result, to: request, question: "Which boots?", in: .october2026)
    #expect(seen.filter { $0.broken != nil }.map(\.rule) == [rule])
  }

  @Test(
    "Values of other types and what isn't there are left to the shape",
    arguments: [
      "{}", "[]", #"{"sources":[{"position":"1"}]}"#, #"{"sources":[{}],"citationPills":[{}]}"#,
      #"{"sources":{},"html":1,"aioverview":[],"shoppingCards":[{}],"model":1}"#,
      #"{"citationPills":[{"position":9223372036854775807,"url":"a"}]}"#,
      #"{"citationPills":[{"position":-9223372036854775808,"url":"a"}]}"#,
    ])
  func otherTypes(text: String) throws {
    let result = try JSON(parsing: Array(text.utf8))
    for provider in Provider.allCases {
      let request = MonitorRequest(provider: provider, question: "", include: [.html])
      let seen = DriftResultRules.observations(
        of: result, to: request, question: "", in: .october2026)
      #expect(seen.allSatisfy { $0.broken == nil }, "\(provider)")
    }
  }
}
