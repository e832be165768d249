import JSON
import Ledger
import Simulation

/// The route of an organization's credits.
enum LedgerRoutes {
  static let all = [
    ControlRoute(.get, "ledger", query: ["key", "since", "limit"]) { call throws(ControlError) in
      let ledger = call.operations.ledger
      let key = try ledger.owner(try call.narrowing())
      let page = try ledger.page(
        of: key, since: try call.number("since"), limit: try call.number("limit"))
      return ControlAnswer(body: json(page))
    }
  ]

  private static func json(_ page: Ledger.Page) -> JSON {
    let entries = page.entries.map { entry -> JSON in
      var object: JSONObject = [
        "id": .integer(entry.id),
        "at": .string(Timestamp(milliseconds: entry.at).text),
        "kind": .string(entry.kind.rawValue),
        "amount": .integer(entry.amount),
        "balance": .integer(entry.balance),
        "endpoint": JSON(entry.endpoint),
      ]
      if entry.isFolded { object.append("count", .integer(entry.count)) }
      if let id = entry.requestID { object.append("requestId", .string(id)) }
      if let id = entry.taskID { object.append("taskId", .string(id)) }
      return .object(object)
    }
    return [
      "balance": .integer(page.balance), "entries": .array(entries),
      "consistent": .bool(page.isConsistent),
    ]
  }
}
