import JSON
import Ledger

/// The reports of finished tasks.
struct WebhookOperations: Sendable {
  let dispatcher: WebhookDispatcher
  let organizations: OrganizationDirectory
  /// How many deliveries are read from the ledger's file without a limit.
  private static let usualLimit = 10_000

  /// Consecutive deliveries with their attempts, oldest first.
  ///
  /// - Parameters:
  ///   - key: Narrows them to this key's organization; nil takes all.
  ///   - since: The number of the last delivery already seen; nil takes all.
  ///   - limit: The most deliveries; nil for all in memory and, at a time, 10,000 of those
  ///     that only the ledger's file has.
  /// - Returns: The deliveries, and how many of all were dropped for newer ones.
  func list(
    of key: APIKey?, since: Int? = nil, limit: Int? = nil
  ) throws(ControlError) -> (deliveries: [WebhookDelivery], dropped: Int64) {
    try ControlError.requireWhole("since", since)
    try ControlError.requireWhole("limit", limit)
    let number = UInt64(since ?? 0)
    let filed = try filed(of: key, after: number, limit: limit)
    var deliveries = dispatcher.deliveries(
      of: key?.organization, after: number, limit: limit, joinedBy: filed.deliveries)
    // What lies behind the last one that was read may be incomplete, so the next page has it.
    if let end = filed.end { deliveries.removeAll { $0.number > end } }
    return (deliveries, dispatcher.dropped)
  }

  /// The first of the deliveries that the ledger's file has of earlier runs, or instead of memory.
  ///
  /// - Parameters:
  ///   - number: The number of the last delivery already seen. The default is 0.
  ///   - limit: The most deliveries; 10,000 by default.
  /// - Returns: The deliveries, and the number behind which there may be more that weren't read.
  func filed(
    of key: APIKey?, after number: UInt64 = 0, limit: Int? = nil
  ) throws(ControlError) -> (deliveries: [WebhookDelivery], end: UInt64?) {
    try ControlError.reading { () throws(LedgerError) in
      try dispatcher.filed(of: owners(of: key), after: number, most: limit ?? Self.usualLimit)
    }
  }

  private func owners(of key: APIKey?) -> [Organization] {
    guard dispatcher.file.isKept else { return [] }
    return key.map { [$0.organization] } ?? organizations.all
  }

  /// Sends a report once more, whatever its outcome was.
  ///
  /// - Parameter id: The delivery's identifier.
  func redeliver(_ id: String) throws(ControlError) {
    guard !dispatcher.redeliver(id) else { return }
    let isFound = try ControlError.reading { () throws(LedgerError) in
      try dispatcher.redeliver(id, filedOf: owners(of: nil))
    }
    guard isFound else { throw .notFound("There is no delivery \(ShownText.value(id)).") }
  }
}
