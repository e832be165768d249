import Simulation

extension WebhookDispatcher {
  /// Deliveries of a snapshot, each with a number that it has from now on.
  func numbered(_ saved: [StoredDelivery]) -> [StoredDelivery] {
    saved.map { saved in
      var saved = saved
      saved.number = file.nextDelivery()
      return saved
    }
  }

  /// Continues the deliveries of an organization that was restored from a snapshot: attempts that
  /// were under way or held back are sent again.
  ///
  /// - Parameters:
  ///   - saved: Its deliveries in the snapshot, oldest first.
  ///   - moment: When the snapshot was taken.
  func resume(_ saved: [StoredDelivery], of organization: Organization, savedAt moment: Timestamp) {
    resume(saved.map { $0.restored(of: organization) }, savedAt: moment)
  }

  /// Continues deliveries.
  func resume(_ deliveries: [WebhookDelivery], savedAt moment: Timestamp) {
    for delivery in deliveries {
      let now = clock.now
      let step = state.withLock { state in
        let number = add(delivery, &state)
        return change(number, &state) { $0.life.resumed(at: now, savedAt: moment) }
      }
      if let step { perform(step) }
    }
  }
}
