import CloroContract
import HTTPServer
import JSON
import Ledger

extension ControlAPI {
  /// The key of that text.
  func key(_ text: String) throws(ControlError) -> APIKey {
    guard let key = organizations.key(text) else { throw .notFound("There is no such key.") }
    return key
  }

  static let keyRoutes = [
    ControlRoute(.get, "keys", query: ["key"]) { call throws(ControlError) in
      let organization = try call.narrowing()?.organization
      let keys = call.api.organizations.keys.filter {
        organization == nil || $0.organization === organization
      }
      return ControlAnswer(body: ["keys": .array(keys.map(describe))])
    },
    ControlRoute(.post, "keys", readsBody: true) { call throws(ControlError) in try mint(call) },
    ControlRoute(.get, "keys/{key}") { call throws(ControlError) in
      ControlAnswer(body: describe(try call.api.key(call.parameter)))
    },
    ControlRoute(.patch, "keys/{key}", readsBody: true) { call throws(ControlError) in
      try change(call)
    },
    ControlRoute(.delete, "keys/{key}") { call throws(ControlError) in
      ControlAnswer(
        body: describe(
          try translating { () throws(OrganizationDirectory.Refusal) in
            try call.api.organizations.remove(call.parameter)
          }))
    },
  ]

  /// A key as the control API shows it.
  static func describe(_ key: APIKey) -> JSON {
    let settings = key.organization.settings
    var object: JSONObject = [
      "key": .string(key.text),
      "organization": .string(key.organization.name),
      "plan": .string(settings.plan.name),
      "credits": .integer(key.organization.account.balance),
      "concurrency": JSON(settings.plan.concurrency),
      "requestsPerSecond": JSON(settings.plan.rateLimit.requestsPerSecond),
      "contract": .string(settings.contract.rawValue),
      "seed": .integer(Int64(clamping: settings.seed)),
    ]
    if key.isRevoked { object.append("revoked", true) }
    return .object(object)
  }

  private static func mint(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let plans = call.api.organizations.plans
    let order = try call.read { reader in KeyOrder(&reader, plans: plans) }
    let minted = try translating { () throws(OrganizationDirectory.Refusal) in
      try call.api.organizations.mint(order)
    }
    return ControlAnswer(status: 201, body: describe(minted))
  }

  private static func change(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let plans = call.api.organizations.plans
    let change = try call.read { reader in KeyChange(&reader, plans: plans) }
    let key = try translating { () throws(OrganizationDirectory.Refusal) in
      try call.api.organizations.change(call.parameter, change)
    }
    return ControlAnswer(body: describe(key))
  }

  /// Turns the directory's refusals into the control API's.
  static func translating<Value>(
    _ body: () throws(OrganizationDirectory.Refusal) -> Value
  ) throws(ControlError) -> Value {
    do throws(OrganizationDirectory.Refusal) {
      return try body()
    } catch {
      switch error {
      case .unknownKey: throw .notFound("There is no such key.")
      case .keyExists: throw .conflict("The key exists already.")
      case .unknownOrganization(let name):
        throw .notFound("There is no organization \"\(name)\" to join.")
      case .badBalance:
        throw .invalid(
          "addCredits: the balance must stay from 0 to \(Plan.creditRange.upperBound)")
      case .ledger(let error): throw .failed("The ledger refused: \(error).")
      }
    }
  }
}
