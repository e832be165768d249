import Simulation

/// One task's report to its webhook, with all attempts.
struct WebhookDelivery: Sendable {
  /// One sending of the report.
  struct Attempt: Sendable {
    let number: Int
    let at: Timestamp
    let headers: [(name: String, value: String)]
    /// Whether the retry plan counts it: not when it was asked for by hand, nor the second of two
    /// that a fault has sent.
    let isPlanned: Bool
    /// The receiver's status; nil while under way, collected, or failed.
    var status: Int?
    var error: String?
  }

  /// What the control API calls it.
  let id: String
  var report: WebhookDispatcher.Report
  var attempts: [Attempt] = []
  var life = DeliveryLife()
  /// The timer that was set last for it: its retry's, or its release's.
  var timer: MockClock.TimerHandle?

  /// How many attempts the retry plan counts.
  var plannedAttempts: Int { attempts.count { $0.isPlanned } }

  /// The number of the next attempt: a duplicate has its first one's.
  var nextNumber: Int { (attempts.map(\.number).max() ?? 0) + 1 }
}

/// When a failed delivery is tried again: a pure rule.
struct WebhookRetryPlan {
  let settings: Plan.Webhooks

  /// Seconds from a failed attempt to the next, or nil when it was the last.
  func delay(afterAttempt number: Int) -> Int64? {
    guard number < settings.attempts else { return nil }
    return settings.retrySeconds[min(number, settings.retrySeconds.count) - 1]
  }
}
