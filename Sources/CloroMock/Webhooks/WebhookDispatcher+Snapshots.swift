import Simulation

extension WebhookDispatcher {
  /// Lets the deliveries of an organization that came back from a snapshot go on where they were:
  /// what was under way, or held back, is sent again.
  ///
  /// - Parameters:
  ///   - saved: Its deliveries as they were, oldest first.
  ///   - moment: When the snapshot was taken.
  func resume(_ saved: [WebhookDelivery], of organization: Organization, savedAt moment: Timestamp)
  {
    for var delivery in saved {
      let due = delivery.isHeld ? nil : delivery.retryAt
      let isOver = delivery.isOver
      delivery.report.organization = organization
      delivery.report.subject.ownRules = organization.rules
      (delivery.retry, delivery.retryAt, delivery.isHeld) = (nil, nil, false)
      delivery.isOver = false
      let number = state.withLock { [delivery] in $0.log.add(delivery) }
      if isOver {
        _ = state.withLock { $0.log.update(number) { $0.isOver = true } }
      } else if let due {
        retry(number, delivery, after: max(0, due.nanoseconds - moment.nanoseconds))
      } else {
        attempt(number, isManual: false, isReleased: true)
      }
    }
  }
}
