import JSON

/// The reports of finished tasks.
struct WebhookOperations: Sendable {
  let dispatcher: WebhookDispatcher

  /// All deliveries with their attempts, oldest first.
  ///
  /// - Parameter key: Narrows them to this key's organization; nil takes all.
  func list(of key: APIKey?) -> [WebhookDelivery] { dispatcher.deliveries(of: key?.organization) }

  /// Sends a report once more, whatever its outcome was.
  ///
  /// - Parameter id: The delivery's identifier.
  func redeliver(_ id: String) throws(ControlError) {
    guard dispatcher.redeliver(id) else {
      throw .notFound("There is no delivery \(ShownText.value(id)).")
    }
  }
}
