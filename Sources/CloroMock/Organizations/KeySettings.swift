import CloroContract
import JSON
import Simulation

/// What a key's organization has beyond its plan. What is nil is the plan's.
///
/// ```swift
/// let key = try await mock.mint(KeySettings(plan: "free", credits: 70, latency: "uniform(1s,3s)"))
/// ```
public struct KeySettings: Sendable, Hashable {
  /// A plan's name; nil takes the double's own.
  public var plan: String?
  /// The first balance, 0 to 10¹⁵ credits, to which a reset returns.
  public var credits: Int?
  /// Slots for requests and tasks that run at the same time, 0 to 1,000,000.
  public var concurrency: Int?
  /// Requests a second to each endpoint, 1 to 1,000,000,000.
  public var requestsPerSecond: Int?
  /// The most queued tasks, 0 to 10,000,000.
  public var queueLimit: Int?
  /// How long answers take, at most 24 hours: `250ms`, `uniform(1s,3s)`, `lognormal(2s,0.4)`,
  /// `lognormal(median=12s,p99=75s)` or `percentiles(50:12s,95:40s,99:75s)`.
  public var latency: String?
  /// How a task goes from one status to the next.
  public var progression: Plan.Progression?
  /// The seed of identifiers and draws, 0 or more; nil takes the double's own.
  public var seed: Int?
  /// The secret with which webhooks are signed. An empty one, which is `null` in JSON, sends them
  /// unsigned, whatever the plan says.
  public var webhookSecret: String?
  /// `.collect` records webhooks without sending them.
  public var webhookMode: Plan.Webhooks.Mode?
  /// How long a webhook's receiver may take, in real seconds, 1 to 600.
  public var webhookTimeoutSeconds: Int?
  /// The contract revision of answers; nil takes the double's own, else the plan's.
  public var contract: ContractRevision?
  /// Whose form answers have where the documents and the service differ.
  public var shapes: AnswerShapes?
  /// Which optional members answers have.
  public var variety: AnswerVariety?
  /// What a question gets that was asked before.
  public var repetition: Plan.Repetition?
  /// What becomes of members that a request doesn't have; nil takes the plan's, else the double's
  /// own.
  public var unknownMembers: UnknownMembers?
  /// Whether each synchronous question is held until it is released.
  public var holdSync: Bool?
  /// A name for what the organization's requests are asked for, which the report and the journal
  /// show. An empty one takes the plan's away.
  public var label: String?
  /// The credits that the organization's requests should take at most, 0 to 10¹⁵. The report says
  /// whether they took more; answers never change by it.
  public var budget: Int?
  /// How well a day goes at the engines; nil takes the double's own, else the plan's.
  /// ``Weather/off`` takes both away.
  public var weather: Weather?

  /// Settings that override only what is given and leave the rest to the plan.
  public init(
    plan: String? = nil, credits: Int? = nil, concurrency: Int? = nil,
    requestsPerSecond: Int? = nil, queueLimit: Int? = nil, latency: String? = nil,
    progression: Plan.Progression? = nil, seed: Int? = nil, webhookSecret: String? = nil,
    webhookMode: Plan.Webhooks.Mode? = nil, webhookTimeoutSeconds: Int? = nil,
    contract: ContractRevision? = nil, shapes: AnswerShapes? = nil,
    variety: AnswerVariety? = nil, repeat repetition: Plan.Repetition? = nil,
    unknownMembers: UnknownMembers? = nil, holdSync: Bool? = nil, label: String? = nil,
    budget: Int? = nil, weather: Weather? = nil
  ) {
    self.plan = plan
    self.credits = credits
    self.concurrency = concurrency
    self.requestsPerSecond = requestsPerSecond
    self.queueLimit = queueLimit
    self.latency = latency
    self.progression = progression
    self.seed = seed
    self.webhookSecret = webhookSecret
    self.webhookMode = webhookMode
    self.webhookTimeoutSeconds = webhookTimeoutSeconds
    self.contract = contract
    self.shapes = shapes
    self.variety = variety
    self.repetition = repetition
    self.unknownMembers = unknownMembers
    self.holdSync = holdSync
    self.label = label
    self.budget = budget
    self.weather = weather
  }
}

extension KeySettings {
  /// The settings, one row each: the name in the control API and the ledger's file, the allowed
  /// values, and the JSON form.
  static let members: [ObjectMember<KeySettings>] = [
    .text("plan", \.plan),
    .integer("credits", \.credits, in: Plan.creditRange),
    .integer("concurrency", \.concurrency, in: Plan.slotRange),
    .integer("requestsPerSecond", \.requestsPerSecond, in: Plan.rateRange),
    .integer("queueLimit", \.queueLimit, in: Plan.queueRange),
    .latency("latency", \.latency),
    Plan.Progression.member("progression", \.progression),
    .integer("seed", \.seed, in: 0...Int64.max),
    .value(
      "webhookSecret", \.webhookSecret, expected: Plan.Webhooks.expectedSecret,
      from: Plan.Webhooks.secret, json: { $0.isEmpty ? .null : .string($0) }),
    .choice("webhookMode", \.webhookMode),
    .integer("webhookTimeoutSeconds", \.webhookTimeoutSeconds, in: Plan.Webhooks.timeoutRange),
    .choice("contract", \.contract),
    .choice("shapes", \.shapes),
    .choice("variety", \.variety),
    .choice("repeat", \.repetition),
    .choice("unknownMembers", \.unknownMembers),
    .flag("holdSync", \.holdSync),
    .value(
      "label", \.label, expected: Plan.expectedLabel, from: { $0.string },
      json: { .string($0) }, where: Plan.isLabel),
    .integer("budget", \.budget, in: Plan.creditRange),
    .weather("weather", \.weather),
  ]

  /// Reads the settings that an object has; wrong ones are noted and left out.
  ///
  /// - Parameter plans: The existing plans.
  init(_ reader: inout ObjectReader, plans: PlanCatalogue) {
    self.init()
    if let plan = reader.object["plan"]?.string { Self.check(plan: plan, plans, reader.place) }
    Self.members.read(&reader, into: &self)
  }

  /// Notes what is wrong with settings that were made in this process.
  ///
  /// - Returns: The settings that are valid.
  func check(at place: ObjectPlace, plans: PlanCatalogue) -> KeySettings {
    if let plan { Self.check(plan: plan, plans, place) }
    return Self.members.check(self, at: place, into: KeySettings())
  }

  private static func check(plan name: String, _ plans: PlanCatalogue, _ place: ObjectPlace) {
    guard plans.plans[name] == nil else { return }
    let alternatives = ObjectReader.alternatives(to: name, in: plans.names)
    place.fail("plan", "\"\(ShownText.value(name))\" is no plan\(alternatives)")
  }

  /// The settings as the ledger's file stores them.
  var json: JSON { .object(Self.members.json(of: self)) }

  /// These settings, overridden by others where those are not nil.
  func changed(by others: KeySettings) -> KeySettings {
    var changed = self
    Self.members.copy(others, into: &changed)
    return changed
  }
}
