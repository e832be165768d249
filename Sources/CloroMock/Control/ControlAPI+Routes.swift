import HTTPServer
import JSON
import Ledger
import Simulation

extension ControlAPI {
  static let healthRoutes = [
    ControlRoute(.get, "health", isOpen: true) { _ in ControlAnswer(body: ["status": "ok"]) },
    // A double that answers has loaded its fixtures and opened its ledger before.
    ControlRoute(.get, "ready", isOpen: true) { _ in ControlAnswer(body: ["status": "ok"]) },
  ]

  static let ledgerRoutes = [
    ControlRoute(.get, "ledger", query: ["key", "since", "limit"]) { call throws(ControlError) in
      guard let key = try call.narrowing() ?? call.api.organizations.keys.first else {
        throw .notFound("There is no key.")
      }
      let since = try call.number("since") ?? 0
      let limit = Int(clamping: min(try call.number("limit") ?? 100, 10_000))
      do throws(LedgerError) {
        let page = try call.api.ledger.page(
          of: key.organization.account, since: since, limit: limit)
        return ControlAnswer(body: show(page))
      } catch {
        throw .failed("The ledger refused: \(error).")
      }
    }
  ]

  private static func show(_ page: Ledger.Page) -> JSON {
    let entries = page.entries.map { entry -> JSON in
      var object: JSONObject = [
        "id": .integer(entry.id),
        "at": .string(Timestamp(milliseconds: entry.at).text),
        "kind": .string(entry.kind.rawValue),
        "amount": .integer(entry.amount),
        "balance": .integer(entry.balance),
        "endpoint": JSON(entry.endpoint),
      ]
      if let id = entry.requestID { object.append("requestId", .string(id)) }
      if let id = entry.taskID { object.append("taskId", .string(id)) }
      return .object(object)
    }
    return [
      "balance": .integer(page.balance), "entries": .array(entries),
      "consistent": .bool(page.isConsistent),
    ]
  }

  static let resetRoute = ControlRoute(.post, "reset", query: ["key"]) {
    call throws(ControlError) in
    let key = try call.narrowing()
    call.api.forgetJournal(of: key?.organization)
    if key == nil { call.api.rules.removeAll() }
    try translating { () throws(OrganizationDirectory.Refusal) in
      if let key {
        try call.api.organizations.reset(key.organization)
      } else {
        try call.api.organizations.reset()
      }
    }
    return ControlAnswer(body: ["status": "ok"])
  }
}
