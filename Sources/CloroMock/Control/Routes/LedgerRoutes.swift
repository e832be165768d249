import JSON
import Ledger

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
    return [
      "balance": .integer(page.balance), "entries": .array(page.entries.map(\.json)),
      "consistent": .bool(page.isConsistent),
    ]
  }
}
