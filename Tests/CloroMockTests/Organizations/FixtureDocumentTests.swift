import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Fixture documents")
struct FixtureDocumentTests {
  private func read(
    _ text: String, plans: [String: Plan] = PlanCatalogue().plans
  ) -> (plan: Plan?, problems: [String]) {
    let problems = JSONProblems()
    let plan = FixtureReader(plans: plans).read(Array(text.utf8), problems: problems)
    return (plan, problems.list.map(\.description))
  }

  @Test(
    "A document that is no object of a plan is refused",
    arguments: [
      ("", "not JSON: "), ("{", "not JSON: "), ("[]", "expected an object, found array"),
      ("{}", "plan: is missing"), (#"{"plan":1}"#, "plan: expected a string, found 1"),
      (#"{"plan":""}"#, "plan: expected a name"), (#"{"plan":"a b"}"#, "plan: expected a name"),
    ])
  func documents(text: String, start: String) {
    let problems = read(text).problems
    #expect(problems.count == 1 && problems[0].hasPrefix(start), "\(problems)")
  }

  @Test("All problems are noted at once")
  func several() {
    let text = #"""
      {"plan":"p","credits":-1,"rateLimit":{"refill":"x","huh":1},"keys":[{"key":"k"},{}],
       "unavailable":["x","y"],"nope":1}
      """#
    #expect(
      read(text).problems.map { $0.prefix { $0 != ":" } } == [
        "credits", "rateLimit.refill", "rateLimit.huh", "unavailable[0]", "unavailable[1]",
        "keys[0].organization", "keys[0].key", "keys[1].key", "keys[1].organization", "nope",
      ])
  }

  @Test("A plan starts from the one that it extends, but for its keys")
  func extends() {
    var base = Plan(name: "base", credits: 7, concurrency: 8)
    base.keys = [.init(key: PlanCatalogue.defaultKey, organization: "o", credits: nil)]
    (base.latency, base.unavailable, base.excludedCountries) = (.constant(9), [.grok], ["DE"])
    (base.contract, base.pricing.extras[.state]) = (.october2026, 11)
    base.providerLatency = [.grok: .constant(1)]
    let plan = read(
      #"""
      {"plan":"p","extends":"base","concurrency":3,"pricing":{"grok":1},"unavailable":["gemini"]}
      """#,
      plans: ["base": base]
    ).plan
    base.name = "p"
    base.keys = []
    base.concurrency = 3
    base.pricing.base[.grok] = 1
    base.unavailable = [.gemini]
    #expect(plan == base)
  }

  @Test("Rules are taken from the extended plan unless the file gives its own")
  func extendedRules() throws {
    var base = Plan(name: "base", credits: 7, concurrency: 8)
    base.faults = [try .make()]
    base.stubs = [try .make()]
    let plan = try #require(
      read(#"{"plan":"p","extends":"base","faults":[]}"#, plans: ["base": base]).plan)
    #expect(plan.faults == [] && plan.stubs == base.stubs)
  }

  @Test("Two keys may share an organization")
  func sharedOrganization() {
    let other = "sk_test_" + String(repeating: "a", count: 32)
    let (plan, problems) = read(
      #"""
      {"plan":"p","keys":[{"key":"\#(PlanCatalogue.defaultKey)","organization":"o"},\#
      {"key":"\#(other)","organization":"o"}]}
      """#
    )
    #expect(problems == [] && plan?.keys.map(\.organization) == ["o", "o"])
  }
}
