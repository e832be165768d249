import JSON
import Ledger
import Simulation

extension Ledger.Entry {
  /// The entry as the control API and `cloro-mock ledger --json` show it.
  package var json: JSON {
    var object: JSONObject = [
      "id": .integer(id),
      "at": .string(Timestamp(milliseconds: at).text),
      "kind": .string(kind.rawValue),
      "amount": .integer(amount),
      "balance": .integer(balance),
      "endpoint": JSON(endpoint),
    ]
    if isFolded { object.append("count", .integer(count)) }
    if let requestID { object.append("requestId", .string(requestID)) }
    if let taskID { object.append("taskId", .string(taskID)) }
    return .object(object)
  }
}
