/// Is told the outcome of a charge that was made in a ``Till``.
public protocol ChargeReceiver: AnyObject, Sendable {
  /// The charge is committed, or finally refused.
  func settled(_ outcome: ChargeOutcome)
}

/// Collects the charges of one event loop for a shared transaction.
///
/// The loop adds charges as its requests arrive, and settles them together when its round ends.
/// Each loop has its own till, so no loop settles what another is still collecting.
///
/// `@unchecked Sendable`: used by one loop alone, as is said of each function.
/// `@exclusivity(unchecked)`: as in ``LedgerStore``.
public final class Till: @unchecked Sendable {
  private let ledger: Ledger
  private let execute: @Sendable (@escaping @Sendable () -> Void) -> Void
  @exclusivity(unchecked) private var charges: [PendingCharge] = []

  /// - Parameters:
  ///   - ledger: The ledger that decides the charges.
  ///   - execute: Runs a job on the loop, soon and in order; may be called from any thread.
  public init(
    _ ledger: Ledger, execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.ledger = ledger
    self.execute = execute
  }

  /// Adds a charge. Called on the loop.
  ///
  /// - Parameters:
  ///   - charge: The charge.
  ///   - receiver: Told the outcome once, on the loop, in the order in which charges were added.
  public func charge(_ charge: Charge, for receiver: any ChargeReceiver) {
    charges.append(.inTill(charge, receiver))
  }

  /// Settles the charges that were added. Called on the loop, when a round has ended.
  ///
  /// With a ledger in memory they are usually settled when the call returns. In three cases they
  /// are left to the ledger's queue: for a file, because a disk may be slow and the loop needn't
  /// wait; while the ledger is being administered, for example for a snapshot; and while
  /// ``Ledger/together(_:)`` holds charges back. Their outcomes then reach the loop as one job.
  public func settle() {
    guard !charges.isEmpty else { return }
    if let settled = ledger.settleNow(&charges) { settled.tell() }
    // Receivers that were told an outcome may have charged again.
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
  /// - Returns: The settled charges, whose outcomes the caller reports off the queue; nil when
  ///   nothing was settled.
  func settleNow(_ charges: inout [PendingCharge]) -> SettledCharges? {
    guard isInMemory, !store.isBusy, pending.withLock({ $0.holds == 0 && !$0.isClosed }) else {
      return nil
    }
    // The block doesn't throw.
    return try? store.sync(isBrief: true) { (store) throws(LedgerError) in
      swap(&charges, &store.batch)
      store.settleBatch()
      return store.takeSettled()
    }
  }
}
