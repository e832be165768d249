import CloroContract
import JSON
import Simulation

/// What was asked for one organization beyond its plan. Kept in the ledger's file.
struct Overrides: Sendable, Hashable {
  var plan: String?
  /// The first balance, and what a reset goes back to.
  var credits: Int64?
  var concurrency: Int?
  var requestsPerSecond: Int?
  var queueLimit: Int?
  var latency: LatencyDistribution?
  var progression: Plan.Progression?
  var seed: UInt64?
  var webhookSecret: String?
  var webhookMode: Plan.Webhooks.Mode?
  var contract: ContractRevision?

  /// Reads the members that minting, changing and the ledger's file share.
  mutating func read(_ reader: inout ObjectReader, plans: PlanCatalogue) {
    if let name = reader.string("plan") {
      if plans.plans[name] == nil {
        reader.fail(
          "plan",
          "\"\(name)\" is no plan\(ObjectReader.hint(name, plans.names)); allowed: \(plans.names.joined(separator: ", "))"
        )
      }
      plan = name
    }
    credits = reader.integer("credits", in: Plan.creditRange) ?? credits
    concurrency = reader.integer("concurrency", in: Plan.slotRange).map { Int($0) } ?? concurrency
    requestsPerSecond =
      reader.integer("requestsPerSecond", in: 1...1_000_000_000).map { Int($0) }
      ?? requestsPerSecond
    queueLimit = reader.integer("queueLimit", in: 0...10_000_000).map { Int($0) } ?? queueLimit
    latency = reader.latency("latency") ?? latency
    progression = FixtureReader.progression(&reader) ?? progression
    seed = reader.integer("seed", in: 0...Int64.max).map { UInt64($0) } ?? seed
    webhookSecret = reader.string("webhookSecret") ?? webhookSecret
    webhookMode = reader.choice("webhookMode", of: Plan.Webhooks.Mode.self) ?? webhookMode
    contract = reader.choice("contract", of: ContractRevision.self) ?? contract
  }

  /// The overrides as they are kept in the ledger's file.
  var json: JSON {
    var object = JSONObject()
    func add(_ name: String, _ value: JSON?) { if let value { object.append(name, value) } }
    add("plan", plan.map(JSON.string))
    add("credits", credits.map(JSON.integer))
    add("concurrency", concurrency.map { JSON($0) })
    add("requestsPerSecond", requestsPerSecond.map { JSON($0) })
    add("queueLimit", queueLimit.map { JSON($0) })
    add("latency", latency.map { .string($0.description) })
    add("progression", progression?.json)
    add("seed", seed.map { .integer(Int64(clamping: $0)) })
    add("webhookSecret", webhookSecret.map(JSON.string))
    add("webhookMode", webhookMode.map { .string($0.rawValue) })
    add("contract", contract.map { .string($0.rawValue) })
    return .object(object)
  }
}

extension Plan.Progression {
  /// The progression as fixtures and the control API write it.
  var json: JSON {
    switch self {
    case .time: ["mode": "time"]
    case .immediate: ["mode": "immediate"]
    case .hold: ["mode": "hold"]
    case .polls(let count): ["mode": "polls", "polls": JSON(count)]
    }
  }
}
