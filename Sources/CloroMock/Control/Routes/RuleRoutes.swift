import JSON

/// The routes of faults and stubs.
enum RuleRoutes {
  static let faults: [ControlRoute] =
    [
      ControlRoute(.get, "faults", query: ["key"]) { call throws(ControlError) in
        let rules = call.operations.rules.list(\.faults, of: try call.narrowing())
        return ControlAnswer(body: ["faults": .array(rules.map(\.json))])
      },
      ControlRoute(.post, "faults", readsBody: true) { call throws(ControlError) in
        let rules = call.operations.rules
        let fault = try rules.fault(call.body())
        return ControlAnswer(status: 201, body: try rules.add(fault, to: \.faults).json)
      },
    ] + removals("faults", \.faults)

  static let stubs: [ControlRoute] =
    [
      ControlRoute(.get, "responses", query: ["key"]) { call throws(ControlError) in
        let rules = call.operations.rules.list(\.stubs, of: try call.narrowing())
        return ControlAnswer(body: ["responses": .array(rules.map(\.json))])
      },
      ControlRoute(.post, "responses", readsBody: true) { call throws(ControlError) in
        let rules = call.operations.rules
        let stub = try rules.stub(call.body())
        return ControlAnswer(status: 201, body: try rules.add(stub, to: \.stubs).json)
      },
    ] + removals("responses", \.stubs)

  private static func removals<Definition: StoredRule>(
    _ path: String, _ kind: RuleSet.Kind<Definition>
  ) -> [ControlRoute] {
    [
      ControlRoute(.delete, path, query: ["key"]) { call throws(ControlError) in
        try call.operations.rules.removeAll(kind, of: try call.narrowing())
        return ControlAnswer(body: ["status": "ok"])
      },
      ControlRoute(.delete, "\(path)/{id}") { call throws(ControlError) in
        try call.operations.rules.remove(call.parameter, from: kind)
        return ControlAnswer(body: ["id": .string(call.parameter)])
      },
    ]
  }
}
