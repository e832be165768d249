extension Ledger {
  /// Charges an account, and tells the outcome once it is committed.
  ///
  /// Returns at once. Charges are decided in the order in which they arrive; those that are
  /// waiting when the database comes free share one transaction.
  ///
  /// - Parameters:
  ///   - charge: Who pays how much for what.
  ///   - completion: Called exactly once, on the ledger's queue, in the order of arrival. The
  ///     next transaction waits while it runs, and a call that waits for the ledger traps in it.
  public func charge(
    _ charge: Charge, completion: @escaping @Sendable (ChargeOutcome) -> Void
  ) {
    enqueue(.one(charge, completion: completion))
  }

  /// Charges many at once, in order and in one transaction, and tells their outcomes together.
  ///
  /// Each is decided for itself: one that the balance doesn't cover leaves the others be.
  ///
  /// - Parameters:
  ///   - charges: Who pays how much for what. An empty list completes with an empty one.
  ///   - completion: As for ``charge(_:completion:)``, with one outcome for each charge.
  public func charge(
    contentsOf charges: [Charge], completion: @escaping @Sendable ([ChargeOutcome]) -> Void
  ) {
    enqueue(.many(charges, completion: completion))
  }

  private func scheduleDrainIfNeeded() {
    if pending.withLock({ $0.claimDrain() }) { scheduleDrain() }
  }

  /// Decides the charges that `body` makes only when it has made them all, so that what follows
  /// from the first finds the last decided too, whatever the threads do.
  ///
  /// - Parameter body: Must not wait for the outcome of a charge.
  public func together(_ body: () -> Void) {
    pending.withLock { $0.holds += 1 }
    body()
    pending.withLock { $0.holds -= 1 }
    scheduleDrainIfNeeded()
  }

  private func enqueue(_ charge: PendingCharge) {
    enum Next { case nothing, drain, refuse }
    let next = pending.withLock { pending in
      guard !pending.isClosed else { return Next.refuse }
      pending.append(charge)
      return pending.claimDrain() ? .drain : .nothing
    }
    switch next {
    case .nothing: break
    case .drain: scheduleDrain()
    case .refuse: queue.async { charge.fail(.closed) }
    }
  }

  private func scheduleDrain() {
    queue.async { self.store.onQueue(self.drain) }
  }

  /// How often a drain looks for what has arrived meanwhile, before it lets others have the queue.
  private static let drainRounds = 3

  /// Takes what has arrived and settles it, and what arrives meanwhile too. What is left after some
  /// rounds is for a further drain, which the queue puts behind the administration that is already
  /// waiting.
  func drain(_ store: LedgerStore) {
    for _ in 0..<Self.drainRounds {
      // The emptied buffer of the last drain goes back into use: no allocation once both are large
      // enough.
      guard pending.withLock({ $0.takeAll(into: &store.batch) }) else { return }
      store.settleBatch()
      store.tellSettled()
    }
    scheduleDrain()
  }
}
