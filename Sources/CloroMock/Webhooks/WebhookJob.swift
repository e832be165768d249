import Simulation

/// An attempt of a delivery that is to be made.
struct WebhookJob: Sendable {
  let number: UInt64
  let report: WebhookDispatcher.Report
  /// Whether it was asked for by hand: no fault strikes it, and it counts for no retry.
  let isManual: Bool
  /// Whether a fault has held it back before: none does so again.
  let isReleased: Bool
  let activity: Activity.Token

  /// What shares a gate: scheme, host and port.
  var receiver: String {
    let parts = report.url.split(separator: "/", maxSplits: 2)
    guard parts.count > 1 else { return report.url }
    return "\(parts[0])//\(parts[1].prefix { $0 != "?" && $0 != "#" })".lowercased()
  }
}
