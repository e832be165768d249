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
      delivery.report.organization = organization
      delivery.report.subject.ownRules = organization.rules
      delivery.timer = nil
      let now = clock.now
      let step = state.withLock { [delivery] state in
        let number = state.log.add(delivery)
        return change(number, &state) { $0.life.resumed(at: now, savedAt: moment) }
      }
      if let step { perform(step) }
    }
  }
}
