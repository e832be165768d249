import Simulation

extension WebhookDispatcher {
  /// Continues the deliveries of an organization that was restored from a snapshot: attempts that
  /// were under way or held back are sent again.
  ///
  /// - Parameters:
  ///   - saved: Its deliveries in the snapshot, oldest first.
  ///   - moment: When the snapshot was taken.
  func resume(_ saved: [StoredDelivery], of organization: Organization, savedAt moment: Timestamp) {
    for stored in saved {
      let delivery = stored.restored(of: organization)
      let now = clock.now
      let step = state.withLock { state in
        let (number, gone) = state.log.add(delivery)
        if let timer = gone?.timer { clock.cancel(timer) }
        return change(number, &state) { $0.life.resumed(at: now, savedAt: moment) }
      }
      if let step { perform(step) }
    }
  }
}
