import CloroContract
import Simulation
import Testing

@testable import CloroMock

@Suite("Precedence of settings")
struct OrganizationSettingsTests {
  /// A fixture that sets everything, as a plan named "mine".
  private static let fixture = #"""
    {"plan":"mine","contract":"2026-10","credits":11,"concurrency":12,"queueLimit":13,
     "rateLimit":{"requestsPerSecond":14},"latency":{"default":"15ms","grok":"16ms"},
     "progression":"hold","shapes":"live","variety":"sparse","repeat":"vary",
     "webhooks":{"secret":"whsec_f"},"unknownMembers":"refuse"}
    """#

  private func settings(
    _ overrides: KeySettings = KeySettings(plan: "mine"), contract: ContractRevision? = nil,
    latency: LatencyDistribution? = nil, seed: UInt64 = 0, plan: String = "hobby",
    unknownMembers: UnknownMembers = .ignore
  ) throws -> OrganizationSettings {
    var plans = PlanCatalogue()
    try plans.add([("mine.json", Array(Self.fixture.utf8))])
    return OrganizationSettings(
      overrides, plans: plans,
      defaults: .init(
        plan: plan, contract: contract, latency: latency, seed: seed,
        unknownMembers: unknownMembers))
  }

  @Test("Without a word the default plan and the contract's defaults hold")
  func defaults() throws {
    let settings = try settings(KeySettings())
    #expect(settings.plan.name == "hobby" && settings.plan.credits == 250_000)
    #expect(settings.contract == .july2026 && settings.seed == 0)
    #expect(
      Set(Provider.allCases.map { settings.latency(of: $0, or: nil, draw: 1, seed: 0) }) == [0])
    #expect(settings.style == AnswerStyle() && settings.plan.repetition == .same)
    #expect(settings.plan.progression == .time && settings.plan.queueLimit == 100_000)
    #expect(settings.unknownMembers == .ignore && settings.unavailable == [])
  }

  @Test("Which providers are switched off is the revision's matter, unless a plan says it")
  func unavailable() throws {
    var plans = PlanCatalogue()
    try plans.add([
      ("all.json", Array(#"{"plan":"all","unavailable":[]}"#.utf8)),
      ("one.json", Array(#"{"plan":"one","unavailable":["gemini"]}"#.utf8)),
    ])
    func unavailable(_ plan: String, _ contract: ContractRevision) -> Set<Provider> {
      OrganizationSettings(
        KeySettings(plan: plan, contract: contract), plans: plans, defaults: .init()
      ).unavailable
    }
    for contract in ContractRevision.allCases {
      #expect(unavailable("hobby", contract) == (contract == .july2026 ? [] : [.grok]))
      #expect(unavailable("all", contract) == [] && unavailable("one", contract) == [.gemini])
    }
  }

  @Test("A key's word on unknown members wins over the plan's, and that over the double's own")
  func unknownMembers() throws {
    let key = KeySettings(plan: "mine", unknownMembers: .ignore)
    #expect(try settings(key, unknownMembers: .refuse).unknownMembers == .ignore)
    #expect(try settings().unknownMembers == .refuse)
    #expect(try settings(KeySettings(), unknownMembers: .refuse).unknownMembers == .refuse)
  }

  @Test("The fixture wins over the defaults")
  func fixture() throws {
    let settings = try settings(seed: 9)
    let plan = settings.plan
    #expect(plan.credits == 11 && plan.concurrency == 12 && plan.queueLimit == 13)
    #expect(plan.rateLimit.requestsPerSecond == 14 && plan.webhooks.secret == "whsec_f")
    #expect(settings.contract == .october2026 && settings.seed == 9 && plan.progression == .hold)
    #expect(settings.style == AnswerStyle(shapes: .live, variety: .sparse))
    #expect(plan.repetition == .vary)
    #expect(settings.latency(of: .chatgpt, or: nil, draw: 1, seed: 0) == 15_000_000)
    #expect(settings.latency(of: .grok, or: nil, draw: 1, seed: 0) == 16_000_000)
  }

  @Test("The command line wins over the fixture")
  func commandLine() throws {
    let settings = try settings(contract: .july2026, latency: .constant(1), seed: 9)
    #expect(settings.contract == .july2026)
    #expect(
      Set(Provider.allCases.map { settings.latency(of: $0, or: nil, draw: 1, seed: 0) }) == [1])
  }

  @Test("What was asked for one organization wins over all")
  func overrides() throws {
    let overrides = KeySettings(
      plan: "mine", credits: 1, concurrency: 2, requestsPerSecond: 3, queueLimit: 4,
      latency: "0.005us", progression: .immediate, seed: 6, webhookSecret: "whsec_o",
      contract: .october2026, shapes: .documented, variety: .typical, repeat: .same)
    let settings = try settings(overrides, contract: .july2026, latency: .constant(1), seed: 9)
    #expect(settings.style == AnswerStyle(shapes: .documented, variety: .typical))
    #expect(settings.plan.repetition == .same)
    let plan = settings.plan
    #expect(plan.credits == 1 && plan.concurrency == 2 && plan.rateLimit.requestsPerSecond == 3)
    #expect(plan.queueLimit == 4 && plan.progression == .immediate && settings.seed == 6)
    #expect(plan.webhooks.secret == "whsec_o" && settings.contract == .october2026)
    #expect(
      Set(Provider.allCases.map { settings.latency(of: $0, or: nil, draw: 1, seed: 0) }) == [5])
    #expect(settings.overrides == overrides)
  }

  @Test("A plan that is gone falls back to the default one")
  func unknownPlan() throws {
    #expect(try settings(KeySettings(plan: "gone")).plan.name == "hobby")
    #expect(try settings(KeySettings(), plan: "mine").plan.name == "mine")
  }
}
