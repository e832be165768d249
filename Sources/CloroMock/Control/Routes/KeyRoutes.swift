import JSON

/// The routes of keys and their organizations' settings.
enum KeyRoutes {
  static let all = [
    ControlRoute(.get, "keys", query: ["key"]) { call throws(ControlError) in
      let keys = call.operations.keys.list(of: try call.narrowing())
      return ControlAnswer(body: ["keys": .array(keys.map { json($0) })])
    },
    ControlRoute(.post, "keys", readsBody: true) { call throws(ControlError) in
      let keys = call.operations.keys
      let order = try call.read { KeyOrder(&$0, plans: keys.organizations.plans) }
      return ControlAnswer(status: 201, body: json(try keys.mint(order)))
    },
    ControlRoute(.get, "keys/{key}") { call throws(ControlError) in
      ControlAnswer(body: json(try call.operations.keys.find(call.parameter)))
    },
    ControlRoute(.patch, "keys/{key}", readsBody: true) { call throws(ControlError) in
      let keys = call.operations.keys
      let change = try call.read { KeyChange(&$0, plans: keys.organizations.plans) }
      return ControlAnswer(body: json(try keys.change(call.parameter, change)))
    },
    ControlRoute(.delete, "keys/{key}") { call throws(ControlError) in
      let (key, balance) = try call.operations.keys.remove(call.parameter)
      return ControlAnswer(body: json(key, balance: balance))
    },
  ]

  /// A key as the control API shows it.
  ///
  /// - Parameter balance: The balance of an organization that is gone; nil takes the present one.
  private static func json(_ key: APIKey, balance: Int64? = nil) -> JSON {
    let settings = key.organization.settings
    var object: JSONObject = [
      "key": .string(key.text),
      "organization": .string(key.organization.name),
      "plan": .string(settings.plan.name),
      "credits": .integer(balance ?? key.organization.account.balance),
      "concurrency": JSON(settings.plan.concurrency),
      "requestsPerSecond": JSON(settings.plan.rateLimit.requestsPerSecond),
      "contract": .string(settings.contract.rawValue),
      "seed": .integer(Int64(clamping: settings.seed)),
      "shapes": .string(settings.plan.shapes.rawValue),
      "variety": .string(settings.plan.variety.rawValue),
      "repeat": .string(settings.plan.repetition.rawValue),
      "unknownMembers": .string(settings.unknownMembers.rawValue),
      "holdSync": .bool(settings.plan.holdSync),
      "label": JSON(settings.plan.label),
      "budget": JSON(settings.plan.budget),
      "weather": settings.weather?.json ?? .null,
    ]
    if key.isRevoked { object.append("revoked", true) }
    return .object(object)
  }
}
