/// Who is told what became of a charge that was made in a ``Till``.
public protocol ChargeReceiver: AnyObject, Sendable {
  /// The charge is committed, or refused for good.
  func settled(_ outcome: ChargeOutcome)
}

/// The charges of one event loop that wait for their shared transaction.
///
/// The loop puts charges in as its requests come, and settles them together when its round ends. Two
/// loops have two tills: what one has half collected is never settled for it by another.
///
/// `@unchecked Sendable`: used by one loop alone, as is said of each function. `@exclusivity(unchecked)`:
/// as in ``LedgerStore``.
public final class Till: @unchecked Sendable {
  private let ledger: Ledger
  private let execute: @Sendable (@escaping @Sendable () -> Void) -> Void
  @exclusivity(unchecked) private var charges: [PendingCharge] = []

  /// - Parameters:
  ///   - ledger: Who takes the charges.
  ///   - execute: Runs a job on the loop, soon and in order; may be called from any thread.
  public init(
    _ ledger: Ledger, execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.ledger = ledger
    self.execute = execute
  }

  /// Puts a charge in. On the loop.
  ///
  /// - Parameters:
  ///   - charge: Who pays how much for what.
  ///   - receiver: Told the outcome once, on the loop, in the order in which charges were put in.
  public func charge(_ charge: Charge, for receiver: any ChargeReceiver) {
    charges.append(.inTill(charge, receiver))
  }

  /// Settles the charges that were put in. On the loop, when a round has ended.
  ///
  /// In memory that is usually done when the call returns. While the ledger is being administered the
  /// charges are left to its queue, so that the loop needn't wait for a snapshot; and so are a file's
  /// commits, for a disk may be slow. Their outcomes then come to the loop as one job.
  public func settle() {
    guard !charges.isEmpty else { return }
    if let settled = ledger.settleNow(&charges) { settled.tell() }
    // Whoever was told may have charged again.
    if !charges.isEmpty { leaveToLedger() }
  }

  private func leaveToLedger() {
    var entries: [(charge: Charge, receiver: any ChargeReceiver)] = []
    entries.reserveCapacity(charges.count)
    for case .inTill(let charge, let receiver) in charges { entries.append((charge, receiver)) }
    charges.removeAll(keepingCapacity: true)
    let (told, execute) = (entries, execute)
    ledger.charge(contentsOf: told.map(\.charge)) { outcomes in
      execute {
        for (entry, outcome) in zip(told, outcomes) { entry.receiver.settled(outcome) }
      }
    }
  }
}

extension Ledger {
  /// Settles a till's charges on the caller's thread, unless that could take long.
  ///
  /// - Parameter charges: Emptied when they are settled; the memory goes back into use.
  /// - Returns: What was settled, to be told off the queue; nil when nothing was.
  func settleNow(_ charges: inout [PendingCharge]) -> SettledCharges? {
    guard isInMemory, !store.isBusy, pending.withLock({ $0.holds == 0 && !$0.isClosed }) else {
      return nil
    }
    // Nothing is thrown by settling itself.
    return try? store.sync(isBrief: true) { (store) throws(LedgerError) in
      swap(&charges, &store.batch)
      store.settleBatch()
      return store.takeSettled()
    }
  }
}
