/// The charges that have arrived and are not decided, in order.
struct PendingCharges: Sendable {
  private var charges: [PendingCharge] = []

  /// Whether the queue is about to take what is added, or is at it and will look again.
  private var isDrainScheduled = false

  /// How many calls of ``Ledger/together(_:)`` are under way; meanwhile nothing is decided.
  var holds = 0

  /// Whether the ledger takes no more charges.
  var isClosed = false

  mutating func append(_ charge: PendingCharge) { charges.append(charge) }

  /// Whether there is something to drain that the queue doesn't see to: the caller then has to.
  mutating func claimDrain() -> Bool {
    guard holds == 0, !isDrainScheduled, !charges.isEmpty else { return false }
    isDrainScheduled = true
    return true
  }

  /// Moves all charges into an empty list, whose memory goes back into use here.
  ///
  /// - Returns: Whether there were some. If not, the drain is over.
  mutating func takeAll(into batch: inout [PendingCharge]) -> Bool {
    // Whoever holds them drains them.
    if holds == 0 { swap(&charges, &batch) }
    if batch.isEmpty { isDrainScheduled = false }
    return !batch.isEmpty
  }
}
