import HTTPServer
import JSON

extension ControlAPI {
  static let faultRoutes = [
    ControlRoute(.get, "faults", query: ["key"]) { call throws(ControlError) in
      let rules = try call.boards().flatMap(\.faults.list.rules).sorted { $0.order < $1.order }
      return ControlAnswer(body: ["faults": .array(rules.map(\.json))])
    },
    ControlRoute(.post, "faults", readsBody: true) { call throws(ControlError) in
      let fault = try call.read { reader in FaultReader.read(&reader) }
      guard let fault else { throw .invalid("fault: expected an object with a kind") }
      return ControlAnswer(status: 201, body: try call.board(of: fault.match).add(fault).json)
    },
    ControlRoute(.delete, "faults", query: ["key"]) { call throws(ControlError) in
      for board in try call.boards() { board.faults.change { $0.removeAll() } }
      return ControlAnswer(body: ["status": "ok"])
    },
    ControlRoute(.delete, "faults/{id}") { call throws(ControlError) in
      let id = call.parameter
      let boards = try call.boards().filter { !$0.faults.isEmpty }
      guard boards.contains(where: { $0.faults.change { $0.remove(id) } }) else {
        throw .notFound("There is no fault \(id).")
      }
      return ControlAnswer(body: ["id": .string(id)])
    },
  ]
}

extension ControlCall {
  /// The boards that the call is about: that of the key that `?key=` names, or all.
  func boards() throws(ControlError) -> [RuleBoard] {
    if let key = try narrowing() { return [key.organization.rules] }
    return [api.rules] + api.organizations.all.map(\.rules)
  }

  /// Where a rule belongs: with the organization of the key that it names, or with all.
  func board(of match: RuleMatch) throws(ControlError) -> RuleBoard {
    guard let key = match.key else { return api.rules }
    return try api.key(key).organization.rules
  }
}
