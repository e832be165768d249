import Simulation

/// A delivery's attempt that is to be made.
struct WebhookJob: Sendable {
  let number: UInt64
  let report: WebhookDispatcher.Report
  /// Whether it was requested by hand: no fault applies to it, and it doesn't count for the retry
  /// plan.
  let isManual: Bool
  /// Whether a fault has already held it back, so that none does again.
  let isReleased: Bool
  let activity: Activity.Token

  /// The key of its gate: scheme, host and port.
  var receiver: String {
    let parts = report.url.split(separator: "/", maxSplits: 2)
    guard parts.count > 1 else { return report.url }
    return "\(parts[0])//\(parts[1].prefix { $0 != "?" && $0 != "#" })".lowercased()
  }
}
