/// The charges that have arrived and are not yet decided, in order.
struct PendingCharges: Sendable {
  private var charges: [PendingCharge] = []

  /// Whether a drain is scheduled or running that will take what is added.
  private var isDrainScheduled = false

  /// How many calls of ``Ledger/together(_:)`` are running; while there are any, no charge is
  /// decided.
  var holds = 0

  /// Whether the ledger accepts no more charges.
  var isClosed = false

  var count: Int { charges.count }

  mutating func append(_ charge: PendingCharge) { charges.append(charge) }

  /// Whether there are charges that no scheduled drain will take. The caller then has to schedule
  /// one.
  mutating func claimDrain() -> Bool {
    guard holds == 0, !isDrainScheduled, !charges.isEmpty else { return false }
    isDrainScheduled = true
    return true
  }

  /// Moves all charges into an empty list, whose memory goes back into use here.
  ///
  /// - Returns: Whether there were some. If not, the drain is over.
  mutating func takeAll(into batch: inout [PendingCharge]) -> Bool {
    // While they are held back, the call that releases the last hold schedules the drain.
    if holds == 0 { swap(&charges, &batch) }
    if batch.isEmpty { isDrainScheduled = false }
    return !batch.isEmpty
  }
}
