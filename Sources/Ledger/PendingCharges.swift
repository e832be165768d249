/// The charges that have arrived since the last drain took them, in order.
struct PendingCharges: Sendable {
  var charges: [PendingCharge] = []

  /// Whether somebody is about to take what is added, or is at it and will look again.
  var isDrainScheduled = false

  /// Whether the ledger takes no more charges.
  var isClosed = false
}
