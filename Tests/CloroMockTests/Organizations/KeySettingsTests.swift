import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Settings of keys")
struct KeySettingsTests {
  private func read(_ json: JSON) throws -> (KeySettings, [String]) {
    let problems = JSONProblems()
    var reader = try #require(ObjectReader(json, problems: problems))
    let settings = KeySettings(&reader, plans: PlanCatalogue())
    reader.finish()
    return (settings, problems.list.map(\.description))
  }

  static let all: [KeySettings] = [
    KeySettings(),
    KeySettings(
      plan: "lite", credits: 1, concurrency: 2, requestsPerSecond: 3, queueLimit: 0,
      latency: "lognormal(2s,0.4)", progression: .polls(3), seed: 5,
      webhookSecret: "whsec_\"é", contract: .october2026, shapes: .live, variety: .typical,
      repeat: .vary, unknownMembers: .refuse),
    KeySettings(latency: "uniform(0.5us,1000000.001us)", progression: .hold),
    KeySettings(progression: .immediate), KeySettings(progression: .time),
    KeySettings(weather: "rainy"), KeySettings(weather: .off),
    KeySettings(weather: Weather(["errors": ["grok": [["status": 503, "probability": 0.25]]]])),
  ]

  @Test("What is kept in the ledger's file is read as the same", arguments: all)
  func roundTrip(settings: KeySettings) throws {
    let kept = try JSON(parsing: settings.json.encoded)
    let (read, problems) = try read(kept)
    #expect(read == settings && problems == [])
  }

  @Test(
    "Each bad value is named",
    arguments: [
      (#"{"plan":"hoby"}"#, "plan: \"hoby\" is no plan, did you mean \"hobby\"?"),
      (#"{"credits":-1}"#, "credits: expected a whole number from 0 to"),
      (#"{"credits":1000000000000001}"#, "credits: expected"),
      (#"{"concurrency":1.5}"#, "concurrency: expected"),
      (#"{"requestsPerSecond":0}"#, "requestsPerSecond: expected"),
      (#"{"queueLimit":-1}"#, "queueLimit: expected"),
      (#"{"latency":"fast"}"#, "latency: expected a latency such as"),
      (#"{"progression":"wait"}"#, "progression.mode: \"wait\" is unknown"),
      (#"{"seed":-1}"#, "seed: expected"),
      (#"{"webhookSecret":1}"#, "webhookSecret: expected a string"),
      (#"{"contract":"2026-08"}"#, "contract: \"2026-08\" is unknown"),
      (#"{"shapes":"lively"}"#, "shapes: \"lively\" is unknown"),
      (#"{"variety":1}"#, "variety: expected a string"),
      (#"{"repeat":"never"}"#, "repeat: \"never\" is unknown; allowed: same, vary"),
      (#"{"unknownMembers":true}"#, "unknownMembers: expected"),
      (#"{"weather":"rain"}"#, "weather: \"rain\" is no weather, did you mean \"rainy\"?"),
      (#"{"weather":5}"#, "weather: expected a weather's name, an object, or null, found number"),
      (#"{"weather":{"error":{}}}"#, "weather.error: unknown member, did you mean \"errors\"?"),
      (
        #"{"weather":{"taskFailures":{"bard":1}}}"#,
        "weather.taskFailures.bard: unknown member; allowed: default, chatgpt,"
      ),
      (
        #"{"weather":{"taskFailures":{"grok":1.5}}}"#,
        "weather.taskFailures.grok: expected a number from 0 to 1, found 1.5"
      ),
      (
        #"{"weather":{"errors":{"grok":[{"probability":1}]}}}"#,
        "weather.errors.grok[0].status: is missing"
      ),
      (
        #"{"weather":{"errors":{"grok":[{"status":503}]}}}"#,
        "weather.errors.grok[0].probability: is missing"
      ),
      (
        #"{"weather":{"errors":{"grok":[{"status":500,"probability":1,"retryAfter":1}]}}}"#,
        "weather.errors.grok[0].retryAfter: goes with status 503 only"
      ),
      (
        #"""
        {"weather":{"errors":{"default":
        [{"status":500,"probability":0.7},{"status":503,"probability":0.5}]}}}
        """#,
        "weather.errors.default: expected probabilities with a sum of at most 1, found 1.2"
      ),
      (
        #"{"weather":{"webhooks":{"lost":0.7,"slow":0.5}}}"#,
        "weather.webhooks.slow: expected probabilities with a sum of at most 1 with \"lost\""
      ),
      (#"{"weather":{"latency":{"grok":"soon"}}}"#, "weather.latency.grok: expected a latency"),
      (
        #"{"weather":{"latency":{"grok":"percentiles(50:9s,95:8s)"}}}"#,
        "weather.latency.grok: expected a latency such"
      ),
      (#"{"credit":1}"#, "credit: unknown member, did you mean \"credits\"?"),
    ])
  func bad(text: String, start: String) throws {
    let (_, problems) = try read(JSON(parsing: Array(text.utf8)))
    #expect(problems.count == 1 && problems[0].hasPrefix(start), "\(problems)")
  }

  @Test(
    "Settings that are made in this process are refused in the same words",
    arguments: [
      KeySettings(plan: "hoby"), KeySettings(credits: -1),
      KeySettings(credits: 1_000_000_000_000_001), KeySettings(concurrency: 1_000_001),
      KeySettings(requestsPerSecond: 0), KeySettings(queueLimit: -1), KeySettings(latency: "soon"),
      KeySettings(progression: .polls(0)), KeySettings(seed: -1),
      KeySettings(plan: "x", credits: -2, latency: "", progression: .polls(-1), seed: -3),
    ])
  func checked(settings: KeySettings) throws {
    let problems = JSONProblems()
    _ = settings.check(at: ObjectPlace(problems: problems), plans: PlanCatalogue())
    #expect(!problems.list.isEmpty)
    #expect(try problems.list.map(\.description) == read(settings.json).1)
  }

  @Test("A change keeps what it doesn't name")
  func changed() {
    let all = Self.all[1]
    #expect(all.changed(by: KeySettings()) == all && KeySettings().changed(by: all) == all)
    let changed = all.changed(by: KeySettings(plan: "free", progression: .hold))
    #expect(changed.plan == "free" && changed.progression == .hold && changed.credits == 1)
  }
}
