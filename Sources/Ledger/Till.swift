/// Is told the outcome of a charge that was made in a ``Till``.
public protocol ChargeReceiver: AnyObject, Sendable {
  /// The charge is committed, or finally refused.
  func settled(_ outcome: ChargeOutcome)
}

/// Is told that documents which were written by way of a ``Till`` are committed.
public protocol WriteReceiver: AnyObject, Sendable {
  /// - Parameter error: Why they aren't in the ledger; nil when they are. See
  ///   ``Ledger/write(_:completion:)``.
  func written(_ error: LedgerError?)
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

  /// Adds documents to be written, in order with the charges. Called on the loop.
  ///
  /// - Parameters:
  ///   - documents: See ``Ledger/write(_:completion:)``.
  ///   - receiver: Told once, on the loop, in the order in which charges and documents were added.
  public func write(_ documents: [Ledger.Document], for receiver: any WriteReceiver) {
    charges.append(.writeInTill(documents, receiver))
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
    var round: [PendingCharge] = []
    swap(&round, &charges)
    charges.reserveCapacity(round.count)
    ledger.enqueue(.round(round, execute: execute))
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
