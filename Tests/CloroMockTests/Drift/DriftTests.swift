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
    var purse = DriftPurse(cap: 20)
    #expect(purse.allows(10) && !purse.allows(11) && purse.allows(0))
    purse.take(4, price: 5)
    #expect(purse.spent == 4 && purse.committed == 5)
    #expect(purse.allows(7) && !purse.allows(8))
    // Three times its price: so others may be three times as dear.
    purse.take(6, price: 2)
    #expect(purse.spent == 10 && purse.committed == 11)
    #expect(purse.allows(3) && !purse.allows(4))
    purse.take(nil, price: 1)
    #expect(purse.spent == 13 && purse.committed == 14)
  }

  @Test("Keys are hidden, whoever they belong to")
  func secrets() {
    let comparison = DriftComparison(.july2026, secrets: ["topsecret"])
    let shown = comparison.clean("a topsecret, sk_live_abc1 and sk_test_; whsec_Z9.")
    #expect(shown == "a …, sk_live_… and sk_test_; whsec_….")
  }
}
