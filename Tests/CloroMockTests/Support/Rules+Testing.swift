import CloroContract
import JSON
import Ledger
import Simulation
import Testing

@testable import CloroMock

/// Reads a rule as the control API does, and returns its problems too.
func readRule<Value>(
  _ text: String, _ read: (inout ObjectReader) -> Value?
) throws -> (value: Value?, problems: [String]) {
  let problems = JSONProblems()
  var reader = try #require(ObjectReader(try JSON(parsing: Array(text.utf8)), problems: problems))
  let value = read(&reader)
  reader.finish()
  return (value, problems.list.map(\.description))
}

extension Fault {
  static func make(_ text: String = #"{"fault":{"kind":"connection_reset"}}"#) throws -> Fault {
    let (fault, problems) = try readRule(text, Fault.read)
    try #require(problems.isEmpty, "\(problems)")
    return try #require(fault)
  }
}

extension Stub {
  static func make(_ text: String = #"{"result":{}}"#) throws -> Stub {
    let (stub, problems) = try readRule(text, Stub.read)
    try #require(problems.isEmpty, "\(problems)")
    return try #require(stub)
  }
}

extension RuleSubject {
  static func make(
    key: APIKey? = nil, path: String = "/v1/credits", route: String? = nil,
    method: String = "GET", provider: Provider? = nil, question: String? = nil,
    country: String? = nil, seed: UInt64 = 0
  ) -> RuleSubject {
    RuleSubject(
      key: key?.text, ownRules: key?.organization.rules, path: path, route: route ?? path,
      method: method, provider: provider, question: question, country: country, seed: seed)
  }
}

extension APIKey {
  /// A key of its own organization, whose plan's fixture has these rules.
  static func make(
    _ number: Int = 1, faults: [Fault] = [], stubs: [Stub] = []
  ) throws -> APIKey {
    let account = try Ledger().createOrganization(
      named: "org-\(number)", plan: "hobby", grant: 0, at: 0)
    let settings = OrganizationSettings(
      KeySettings(), plans: PlanCatalogue(), defaults: OrganizationSettings.Defaults())
    let organization = Organization(
      account: account, createdAt: Timestamp(milliseconds: 0), settings: settings)
    organization.rules.follow(faults: faults, stubs: stubs)
    return APIKey(
      "sk_live_" + String(repeating: "\(number)", count: 32), organization: organization)
  }
}

extension PromptMatch {
  /// Whether a question meets the condition.
  func holds(for text: String) -> Bool {
    var steps = 0
    return holds(for: text, steps: &steps)
  }
}

extension RuleMatch {
  /// Whether all conditions except `nth` are met.
  func concerns(_ subject: RuleSubject) -> Bool {
    var steps = 0
    return concerns(subject, steps: &steps)
  }
}
