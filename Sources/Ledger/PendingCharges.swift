/// The charges that have arrived since the last drain took them, in order.
struct PendingCharges: Sendable {
  var charges: [PendingCharge] = []

  /// Whether the ledger's queue already has a drain that will take what is added.
  var isDrainScheduled = false

  /// How many calls of ``Ledger/together(_:)`` are under way; meanwhile nothing is decided.
  var holds = 0

  /// Whether the ledger takes no more charges.
  var isClosed = false
}
