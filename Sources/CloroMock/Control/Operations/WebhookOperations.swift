import JSON

/// The reports of finished tasks.
struct WebhookOperations: Sendable {
  let dispatcher: WebhookDispatcher

  /// Consecutive deliveries with their attempts, oldest first.
  ///
  /// - Parameters:
  ///   - key: Narrows them to this key's organization; nil takes all.
  ///   - since: The number of the last delivery already seen; nil takes all.
  ///   - limit: The most deliveries; nil for no limit.
  /// - Returns: The deliveries, and how many of all were dropped for newer ones.
  func list(
    of key: APIKey?, since: Int? = nil, limit: Int? = nil
  ) throws(ControlError) -> (deliveries: [WebhookDelivery], dropped: Int64) {
    try ControlError.requireWhole("since", since)
    try ControlError.requireWhole("limit", limit)
    let deliveries = dispatcher.deliveries(
      of: key?.organization, after: UInt64(since ?? 0), limit: limit)
    return (deliveries, dispatcher.dropped)
  }

  /// Sends a report once more, whatever its outcome was.
  ///
  /// - Parameter id: The delivery's identifier.
  func redeliver(_ id: String) throws(ControlError) {
    guard dispatcher.redeliver(id) else {
      throw .notFound("There is no delivery \(ShownText.value(id)).")
    }
  }
}
