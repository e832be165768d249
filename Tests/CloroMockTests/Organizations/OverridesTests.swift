import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Overrides")
struct OverridesTests {
  private func read(_ json: JSON) throws -> (Overrides, [String]) {
    let problems = JSONProblems()
    var reader = try #require(ObjectReader(json, problems: problems))
    var overrides = Overrides()
    overrides.read(&reader, plans: PlanCatalogue())
    reader.finish()
    return (overrides, problems.list.map(\.description))
  }

  static let all: [Overrides] = [
    Overrides(),
    Overrides(
      plan: "lite", credits: 1, concurrency: 2, requestsPerSecond: 3, queueLimit: 0,
      latency: .lognormal(median: 2_000_000_000, sigma: 0.4), progression: .polls(3), seed: 5,
      webhookSecret: "whsec_\"é", contract: .october2026),
    Overrides(latency: .uniform(500, 1_000_000_001), progression: .hold),
    Overrides(progression: .immediate), Overrides(progression: .time),
  ]

  @Test("What is kept in the ledger's file is read as the same", arguments: all)
  func roundTrip(overrides: Overrides) throws {
    let kept = try JSON(parsing: overrides.json.encoded)
    let (read, problems) = try read(kept)
    #expect(read == overrides && problems == [])
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
      (#"{"credit":1}"#, "credit: unknown member, did you mean \"credits\"?"),
    ])
  func bad(text: String, start: String) throws {
    let (_, problems) = try read(JSON(parsing: Array(text.utf8)))
    #expect(problems.count == 1 && problems[0].hasPrefix(start), "\(problems)")
  }
}
