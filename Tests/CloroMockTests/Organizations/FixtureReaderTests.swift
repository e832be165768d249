import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Reading fixtures")
struct FixtureReaderTests {
  static let key = PlanCatalogue.defaultKey

  /// Reads a fixture named "p" with further members.
  private func read(_ members: String) -> (plan: Plan?, problems: [String]) {
    let problems = JSONProblems()
    let text = #"{"plan":"p"\#(members.isEmpty ? "" : ",")\#(members)}"#
    let plan = FixtureReader(plans: PlanCatalogue().plans).read(
      Array(text.utf8), problems: problems)
    return (plan, problems.list.map(\.description))
  }

  /// The default plan with one change.
  private func plan(_ change: (inout Plan) -> Void) -> Plan {
    var plan = Plan(name: "p", credits: 250_000, concurrency: 20)
    change(&plan)
    return plan
  }

  @Test("A fixture that names its plan only is the default plan")
  func minimal() {
    #expect(read("").plan == plan { _ in } && read("").problems == [])
    var free = Plan(name: "p", credits: 500, concurrency: 1)
    free.usd = 0
    #expect(read(#""$schema":"x.json","extends":"free""#).plan == free)
    free.credits = 7
    free.usd = nil
    #expect(read(#""extends":"free","credits":7"#).plan == free)
  }

  static let good: [(members: String, change: @Sendable (inout Plan) -> Void)] = [
    (#""contract":"2026-10""#, { $0.contract = .october2026 }),
    (#""usd":12.5"#, { $0.usd = 12.5 }),
    (#""holdSync":true"#, { $0.holdSync = true }),
    (#""label":"nightly","budget":7"#, { ($0.label, $0.budget) = ("nightly", 7) }),
    (
      #""findings":{"disabled":["overrun"]}"#, { $0.disabledFindings = [.overrun] }
    ),
    (#""weather":"rainy""#, { $0.weather = "rainy" }),
    (#""weather":{"about":"x"}"#, { $0.weather = Weather(["about": "x"]) }),
    (#""weather":null"#, { $0.weather = .off }),
    (#""credits":0"#, { $0.credits = 0 }),
    (#""concurrency":0"#, { $0.concurrency = 0 }), (#""queueLimit":5"#, { $0.queueLimit = 5 }),
    (#""rateLimit":{"requestsPerSecond":2}"#, { $0.rateLimit.requestsPerSecond = 2 }),
    (#""rateLimit":{"refill":"continuous"}"#, { $0.rateLimit.refill = .continuous }),
    (#""rateLimit":{"enabled":false}"#, { $0.rateLimit.enabled = false }),
    (#""rateLimit":{}"#, { _ in }),
    (
      #""pricing":{"google/news":9,"state":0}"#,
      { ($0.pricing.base[.googleNews], $0.pricing.extras[.state]) = (9, 0) }
    ),
    (
      #""pricing":{"syncSurcharge":1,"chatgptExtras":3}"#,
      { ($0.pricing.extras[.syncSurcharge], $0.pricing.extras[.chatgptExtras]) = (1, 3) }
    ),
    (
      #""pricing":{"additionalPage":4,"aiOverview":5}"#,
      { ($0.pricing.extras[.additionalPage], $0.pricing.extras[.aiOverview]) = (4, 5) }
    ),
    (
      #""pricing":{"expandedProduct":6,"expandedProductLimit":7}"#,
      { ($0.pricing.extras[.expandedProduct], $0.pricing.extras[.expandedProductLimit]) = (6, 7) }
    ),
    (#""latency":{"default":"5ms"}"#, { $0.latency = .constant(5_000_000) }),
    (
      #""latency":{"google/news":"uniform(1s,2s)"}"#,
      { $0.providerLatency = [.googleNews: .uniform(1_000_000_000, 2_000_000_000)] }
    ),
    (#""progression":{"mode":"time"}"#, { _ in }),
    (#""progression":"immediate""#, { $0.progression = .immediate }),
    (#""progression":{"mode":"hold"}"#, { $0.progression = .hold }),
    (#""progression":{"mode":"polls","polls":3}"#, { $0.progression = .polls(3) }),
    (#""progression":"polls""#, { $0.progression = .polls(1) }),
    (
      #""webhooks":{"secret":"whsec_x","attempts":2,"retrySeconds":[0,86400]}"#,
      {
        ($0.webhooks.secret, $0.webhooks.attempts, $0.webhooks.retrySeconds) = (
          "whsec_x", 2, [0, 86_400]
        )
      }
    ),
    (#""webhooks":{"timeoutSeconds":600}"#, { $0.webhooks.timeoutSeconds = 600 }),
    (#""webhooks":{"secret":null}"#, { _ in }),
    (#""unavailable":["grok","google/news"]"#, { $0.unavailable = [.grok, .googleNews] }),
    (#""unavailable":[]"#, { $0.unavailable = [] }),
    (#""unknownMembers":"refuse""#, { $0.unknownMembers = .refuse }),
    (#""countries":{"exclude":["DE","XK"]}"#, { $0.excludedCountries = ["DE", "XK"] }),
    (#""responses":[],"faults":[]"#, { _ in }),
    (
      #""faults":[{"fault":{"kind":"webhook_drop"}}],"responses":[{"result":{}}]"#,
      { plan in
        plan.faults = [
          Fault(
            match: RuleMatch(), fault: .webhookDrop, kind: .webhookDrop, times: nil,
            probability: 1)
        ]
        plan.stubs = [
          Stub(
            match: RuleMatch(), response: .result([:]), answer: .result(.merged([:])),
            latency: nil, times: nil)
        ]
      }
    ),
    (
      #""keys":[{"key":"\#(key)","organization":"o","credits":5}]"#,
      { $0.keys = [.init(key: key, organization: "o", credits: 5)] }
    ),
  ]

  @Test("Each member changes its part of the plan", arguments: good.indices)
  func change(index: Int) {
    let (members, change) = Self.good[index]
    let (read, problems) = read(members)
    #expect(read == plan(change), "\(members)")
    #expect(problems == [])
  }

  static let bad: [(String, String)] = [
    (#""$schema":1"#, "$schema: expected a string, found 1"),
    (
      #""extends":"hoby""#,
      #"extends: "hoby" is no plan, did you mean "hobby"?; allowed: business, "#
    ),
    (#""contract":"2026""#, #"contract: "2026" is unknown"#),
    (#""credits":-1"#, "credits: expected a whole number from 0 to"),
    (#""credits":1.5"#, "credits: expected"), (#""credits":1e16"#, "credits: expected"),
    (#""concurrency":1000001"#, "concurrency: expected a whole number from 0 to 1000000"),
    (#""queueLimit":"5""#, "queueLimit: expected"),
    (#""rateLimit":5"#, "rateLimit: expected an object, found number"),
    (
      #""rateLimit":{"requestsPerSecond":0}"#,
      "rateLimit.requestsPerSecond: expected a whole number from 1 to"
    ),
    (
      #""rateLimit":{"refill":"intervall"}"#,
      #"rateLimit.refill: "intervall" is unknown, did you mean "interval"?"#
    ),
    (#""rateLimit":{"enabled":1}"#, "rateLimit.enabled: expected true or false"),
    (#""rateLimit":{"rps":1}"#, "rateLimit.rps: unknown member"),
    (#""pricing":{"bard":1}"#, "pricing.bard: unknown member"),
    (#""pricing":{"grok":-1}"#, "pricing.grok: expected a whole number from 0 to 1000000"),
    (#""latency":{"default":5}"#, "latency.default: expected a latency such as"),
    (#""latency":{"chatgtp":"5ms"}"#, #"latency.chatgtp: unknown member, did you mean "chatgpt"?"#),
    (#""latency":"5ms""#, "latency: expected an object"),
    (#""progression":"hodl""#, #"progression.mode: "hodl" is unknown, did you mean "hold"?"#),
    (#""progression":5"#, "progression: expected an object"),
    (#""progression":{}"#, "progression.mode: is missing"),
    (
      #""progression":{"mode":"time","polls":1}"#,
      "progression.polls: goes with the mode polls only"
    ),
    (#""progression":{"mode":"polls","polls":0}"#, "progression.polls: expected"),
    (#""webhooks":{"attempts":21}"#, "webhooks.attempts: expected a whole number from 1 to 20"),
    (#""webhooks":{"retrySeconds":[]}"#, "webhooks.retrySeconds: expected whole numbers"),
    (#""webhooks":{"retrySeconds":[1,-1]}"#, "webhooks.retrySeconds: expected whole numbers"),
    (#""webhooks":{"retrySeconds":[86401]}"#, "webhooks.retrySeconds: expected whole numbers"),
    (#""unavailable":["chatgtp"]"#, #"unavailable[0]: is no provider, did you mean "chatgpt"?"#),
    (#""unavailable":[1]"#, "unavailable[0]: is no provider"),
    (#""unavailable":"grok""#, "unavailable: expected an array"),
    (#""unknownMembers":"drop""#, "unknownMembers: \"drop\" is unknown; allowed: ignore, refuse"),
    (#""countries":{"exclude":["de"]}"#, "countries.exclude[0]: expected an ISO"),
    (#""countries":{"exclude":["DE",1]}"#, "countries.exclude[1]: expected an ISO"),
    (#""countries":[]"#, "countries: expected an object"),
    (#""keys":{}"#, "keys: expected an array"),
    (#""keys":[1]"#, "keys[0]: expected an object"),
    (#""keys":[{"organization":"o"}]"#, "keys[0].key: is missing"),
    (#""keys":[{"key":"\#(key)"}]"#, "keys[0].organization: is missing"),
    (
      #""keys":[{"key":"sk_live_1","organization":"o"}]"#, "keys[0].key: expected a key of the form"
    ),
    (#""keys":[{"key":"\#(key)","organization":""}]"#, "keys[0].organization: expected a name"),
    (
      #""keys":[{"key":"\#(key)","organization":"o"},{"key":"\#(key)","organization":"p"}]"#,
      "keys[1].key: stands twice"
    ),
    (
      #""keys":[{"key":"\#(key)","organization":"o","credit":1}]"#,
      #"keys[0].credit: unknown member, did you mean "credits"?"#
    ),
    (#""responses":{}"#, "responses: expected an array"),
    (#""responses":[{"result":{}},{}]"#, "responses[1]: expected either result or error"),
    (
      #""responses":[{"result":{},"match":{"prompt":{"regex":"a)"}}}]"#,
      "responses[0].match.prompt.regex: A parenthesis closes what none opened at character 1"
    ),
    (
      #""responses":[{"result":{},"match":{"keey":"x"}}]"#,
      #"responses[0].match.keey: unknown member, did you mean "key"?"#
    ),
    (
      #""faults":[{"fault":{"kind":"webhook_dorp"}}]"#,
      #"faults[0].fault.kind: "webhook_dorp" is unknown, did you mean "webhook_drop"?"#
    ),
    (#""faults":[1]"#, "faults[0]: expected an object"),
    (
      #""faults":[{"fault":{"kind":"latency","latency":"1s"},"match":{"key":"sk_live_1"}}]"#,
      "faults[0].match.key: expected a key of the form"
    ),
    (
      #""faults":[{"fault":{"kind":"empty_response"},"time":1}]"#,
      #"faults[0].time: unknown member"#
    ),
    (#""concurency":1"#, #"concurency: unknown member, did you mean "concurrency"?"#),
    (#""credits":1,"credits":2"#, "credits: stands twice"), (#""plan":"q""#, "plan: stands twice"),
  ]

  @Test("Each bad member is one problem, named by its path", arguments: bad)
  func problem(members: String, start: String) {
    let problems = read(members).problems
    #expect(problems.count == 1 && problems.first?.hasPrefix(start) == true, "\(problems)")
  }
}
