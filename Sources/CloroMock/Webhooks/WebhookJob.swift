import Simulation

/// A delivery's attempt that is to be made.
final class WebhookJob: Sendable {
  let number: UInt64
  let report: WebhookDispatcher.Report
  let receiver: WebhookReceiver
  /// nil signs nothing.
  let key: WebhookSignature.Key?
  /// Whether it was requested by hand: no fault applies to it, and it doesn't count for the retry
  /// plan.
  let isManual: Bool
  /// Whether a fault has already held it back, so that none does again.
  let isReleased: Bool
  let activity: Activity.Token

  init(
    number: UInt64, report: WebhookDispatcher.Report, receiver: WebhookReceiver,
    key: WebhookSignature.Key?, isManual: Bool, isReleased: Bool, activity: Activity.Token
  ) {
    self.number = number
    self.report = report
    self.receiver = receiver
    self.key = key
    self.isManual = isManual
    self.isReleased = isReleased
    self.activity = activity
  }
}
