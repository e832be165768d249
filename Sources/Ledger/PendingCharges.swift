/// The charges that have arrived since the last drain took them, in order.
struct PendingCharges: Sendable {
  var charges: [PendingCharge] = []

  /// Whether somebody is about to take what is added, or is at it and will look again.
  var isDrainScheduled = false

  /// How many calls of ``Ledger/together(_:)`` are under way; meanwhile nothing is decided.
  var holds = 0

  /// Whether the ledger takes no more charges.
  var isClosed = false

  /// Whether there is something to drain that nobody sees to: the caller then has to.
  mutating func claimDrain() -> Bool {
    guard holds == 0, !charges.isEmpty, !isDrainScheduled else { return false }
    isDrainScheduled = true
    return true
  }
}
