import CloroContract
import Simulation

/// The settings that apply to an organization's requests: its plan and its overrides. Immutable, so
/// that a request uses the same settings from beginning to end.
final class OrganizationSettings: Sendable {
  /// The settings of the command line for organizations that don't have their own.
  struct Defaults: Sendable {
    var plan = PlanCatalogue.defaultPlan
    /// A revision given on the command line takes precedence over the fixtures'.
    var contract: ContractRevision?
    /// A latency given on the command line takes precedence over the fixtures'.
    var latency: LatencyDistribution?
    /// A weather given on the command line takes precedence over the fixtures'.
    var weather: Weather?
    var seed: UInt64 = 0
    /// Applies where neither key nor plan says what becomes of unknown members.
    var unknownMembers = UnknownMembers.ignore
  }

  /// The plan with the overrides applied.
  let plan: Plan
  let contract: ContractRevision
  /// Providers that answer `MODEL_UNAVAILABLE`.
  let unavailable: Set<Provider>
  let unknownMembers: UnknownMembers
  let seed: UInt64
  /// The prices of answers: the contract's, with the plan's changes.
  let prices: PriceList
  /// What a credit costs in US$, by the plan's price and its credits of a month; nil when the plan
  /// says no price.
  let usdPerCredit: Double?
  /// The overrides of the plan.
  let overrides: KeySettings
  /// nil when nothing goes wrong by itself.
  let weather: Weather?
  /// Each provider's latency, by ``Provider/index``.
  private let latencies: [Latency]

  /// How long a provider's answers take.
  private struct Latency: Sendable {
    let distribution: LatencyDistribution
    /// The longest draw that counts, in nanoseconds.
    let longest: Int64
  }

  init(_ overrides: KeySettings, plans: PlanCatalogue, defaults: Defaults) {
    let name = overrides.plan ?? defaults.plan
    var plan =
      plans.plans[name] ?? plans.plans[defaults.plan]
      ?? Plan(name: name, credits: 0, concurrency: 0)
    usdPerCredit = plan.usd.flatMap { plan.credits > 0 ? $0 / Double(plan.credits) : nil }
    plan.credits = overrides.credits.map { Int64($0) } ?? plan.credits
    plan.concurrency = overrides.concurrency ?? plan.concurrency
    plan.rateLimit.requestsPerSecond =
      overrides.requestsPerSecond ?? plan.rateLimit.requestsPerSecond
    plan.queueLimit = overrides.queueLimit ?? plan.queueLimit
    plan.progression = overrides.progression ?? plan.progression
    if let secret = overrides.webhookSecret { plan.webhooks.secret = secret.isEmpty ? nil : secret }
    plan.webhooks.mode = overrides.webhookMode ?? plan.webhooks.mode
    plan.webhooks.timeoutSeconds = overrides.webhookTimeoutSeconds ?? plan.webhooks.timeoutSeconds
    plan.shapes = overrides.shapes ?? plan.shapes
    plan.variety = overrides.variety ?? plan.variety
    plan.repetition = overrides.repetition ?? plan.repetition
    plan.holdSync = overrides.holdSync ?? plan.holdSync
    if let label = overrides.label { plan.label = label.isEmpty ? nil : label }
    plan.budget = overrides.budget.map { Int64($0) } ?? plan.budget
    self.plan = plan
    self.overrides = overrides
    contract = overrides.contract ?? defaults.contract ?? plan.contract ?? .july2026
    unavailable = plan.unavailable ?? Provider.unavailable[contract]
    unknownMembers = overrides.unknownMembers ?? plan.unknownMembers ?? defaults.unknownMembers
    prices = PriceList(of: contract, changes: plan.pricing)
    seed = overrides.seed.map { UInt64($0) } ?? defaults.seed
    let latency = overrides.latency.flatMap { LatencyDistribution($0) }
    let weather = overrides.weather ?? defaults.weather ?? plan.weather
    self.weather = weather?.mix == nil ? nil : weather
    latencies = Provider.allCases.map { [weather = self.weather] provider in
      // A latency comes before a weather that is given at the same place, and before what is given
      // at a place further out: key, command line, plan.
      let ofWeather = weather?.mix?.latency[provider].map {
        Latency(distribution: $0, longest: APIError.attemptWindow)
      }
      if let latency { return Latency(distribution: latency, longest: .max) }
      if overrides.weather != nil, let ofWeather { return ofWeather }
      if let given = defaults.latency { return Latency(distribution: given, longest: .max) }
      if defaults.weather != nil, let ofWeather { return ofWeather }
      if let given = plan.providerLatency[provider] ?? plan.latency {
        return Latency(distribution: given, longest: .max)
      }
      return ofWeather ?? Latency(distribution: .constant(0), longest: .max)
    }
  }

  var style: AnswerStyle { AnswerStyle(shapes: plan.shapes, variety: plan.variety) }

  /// Draws how long an answer takes. A weather's draws end no attempt by its window: whose draw
  /// that is depends on the order of requests, and a weather's statuses don't.
  ///
  /// - Parameters:
  ///   - stub: What answers instead of the provider; its own latency comes first.
  ///   - number: The draw's number in its series.
  ///   - seed: The series.
  /// - Returns: Nanoseconds.
  func latency(
    of provider: Provider, or stub: CountedRule<Stub>?, draw number: UInt64, seed: UInt64
  ) -> Int64 {
    let usual = latencies[provider.index]
    guard let stub else {
      return min(usual.longest, usual.distribution.sample(draw: number, seed: seed))
    }
    let drawn = stub.definition.latency(or: usual.distribution).sample(draw: number, seed: seed)
    return stub.definition.latency == nil ? min(usual.longest, drawn) : drawn
  }
}
