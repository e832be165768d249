import Simulation

/// One task's report to its webhook, with all attempts.
struct WebhookDelivery: Sendable {
  /// One sending of the report.
  struct Attempt: Sendable {
    let number: Int
    let at: Timestamp
    let headers: WebhookHeaders
    /// Whether it counts for the retry plan. An attempt by hand doesn't, and neither does the
    /// second of two attempts that a fault has sent.
    let isPlanned: Bool
    /// The receiver's status; nil while the attempt is under way, and when it was collected or has
    /// failed.
    var status: Int?
    var error: String?
  }

  /// The identifier in the control API.
  let id: String
  /// Its number among all deliveries, from 1.
  var number: UInt64 = 0
  var report: WebhookDispatcher.Report
  var attempts: [Attempt] = []
  var life = DeliveryLife()
  /// How long the weather holds the present attempt back, in nanoseconds; nil for a fault, which
  /// does it until another report was sent.
  var delay: Int64?
  /// Whether an attempt, planned or not, has succeeded.
  var wasDelivered = false
  /// The timer that was set last: for its retry, or for its release.
  var timer: MockClock.TimerHandle?

  /// How many attempts count for the retry plan.
  var plannedAttempts: Int { attempts.count { $0.isPlanned } }

  /// The number of a planned attempt that was lost with another process; it is made again.
  var lostNumber: Int?

  /// Takes the number of the next attempt; a duplicate has the number of the first attempt.
  mutating func takeNumber(isPlanned: Bool) -> Int {
    if isPlanned, let lost = lostNumber.take() { return lost }
    return max(attempts.map(\.number).max() ?? 0, lostNumber ?? 0) + 1
  }
}

extension WebhookDelivery {
  /// The delivery of a report that is due now.
  init(_ report: WebhookDispatcher.Report) {
    self.init(id: DeliveryLife.id(of: report.taskID), report: report)
  }
}

/// When a failed delivery is retried. A pure value.
struct WebhookRetryPlan {
  let settings: Plan.Webhooks

  /// Seconds from a failed attempt to the next, or nil when it was the last.
  func delay(afterAttempt number: Int) -> Int64? {
    guard number < settings.attempts else { return nil }
    return settings.retrySeconds[min(number, settings.retrySeconds.count) - 1]
  }
}
