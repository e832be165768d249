import JSON
import Simulation

@testable import CloroMock

/// The fixture loader: a file is loaded completely, or refused with its problems and without
/// effect.
enum FixtureFuzzing {
  private static let catalogue = PlanCatalogue()

  static func check(_ bytes: [UInt8]) {
    var changed = catalogue
    do throws(PlanCatalogue.Invalid) {
      try changed.add([(name: "a.json", bytes: bytes)])
    } catch {
      require(!error.problems.isEmpty, "refused without a reason")
      require(changed.plans == catalogue.plans && changed.names == catalogue.names, "half taken")
      return
    }
    require(Set(changed.names).count == changed.names.count, "a plan stands twice")
    guard let name = changed.fixtureNames.first, let plan = changed.plans[name] else {
      fatalError("neither taken nor refused")
    }
    check(plan)
    // Loading it again gives an equal plan, because the double takes over rules by comparing them.
    var again = catalogue
    try? again.add([(name: "b.json", bytes: bytes)])
    require(again.plans == changed.plans, "read twice, it differs")
  }

  private static func check(_ plan: Plan) {
    require(Plan.creditRange ~= plan.credits, "\(plan.credits) credits")
    require(Plan.slotRange ~= Int64(plan.concurrency), "\(plan.concurrency) slots")
    require(!plan.webhooks.retrySeconds.isEmpty, "no delay between attempts")
    for latency in [plan.latency].compactMap({ $0 }) + plan.providerLatency.values {
      check(latency)
    }
  }

  /// A latency stays within its limits, and its text reads back as the same latency.
  static func check(_ latency: LatencyDistribution) {
    var random = SeededRandom(seed: 1)
    for _ in 0..<4 {
      require(0...LatencyDistribution.longest ~= latency.sample(&random), "\(latency) is too long")
    }
    let text = latency.description
    guard let again = LatencyDistribution(text) else { fatalError("unreadable: \(text)") }
    require(again == latency, "\(text) reads as \(again)")
  }
}
