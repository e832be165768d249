extension Ledger {
  /// Charges an account, and tells the outcome once it is committed.
  ///
  /// Returns at once. Charges are decided in the order in which they arrive. Those that wait when a
  /// transaction ends share the next one (group commit).
  ///
  /// - Parameters:
  ///   - charge: The charge.
  ///   - completion: Called exactly once, on the ledger's queue, in the order of arrival. The next
  ///     transaction waits while it runs. It must not make a call that waits for the ledger: that
  ///     traps.
  public func charge(
    _ charge: Charge, completion: @escaping @Sendable (ChargeOutcome) -> Void
  ) {
    enqueue(.one(charge, completion: completion))
  }

  /// Makes many charges at once, in order and in one transaction, and reports their outcomes
  /// together.
  ///
  /// Each is decided separately: one that the balance doesn't cover doesn't affect the others.
  ///
  /// - Parameters:
  ///   - charges: The charges. An empty list completes with an empty list.
  ///   - completion: As for ``charge(_:completion:)``, with one outcome for each charge.
  public func charge(
    contentsOf charges: [Charge], completion: @escaping @Sendable ([ChargeOutcome]) -> Void
  ) {
    enqueue(.many(charges, completion: completion))
  }

  private func scheduleDrainIfNeeded() {
    if pending.withLock({ $0.claimDrain() }) { scheduleDrain() }
  }

  /// Holds back the charges that `body` makes until it has made them all. When the first outcome is
  /// reported, the last one is then decided too, regardless of how the threads run.
  ///
  /// In memory a few charges are usually settled when the call returns, their completions included:
  /// to hand them to the queue's thread takes longer than to make them.
  ///
  /// - Parameter body: Must not wait for the outcome of a charge.
  public func together(_ body: () -> Void) {
    pending.withLock { $0.holds += 1 }
    body()
    pending.withLock { $0.holds -= 1 }
    if !drainNow() { scheduleDrainIfNeeded() }
  }

  /// The most charges that a caller settles himself.
  private static let few = 8

  /// Settles what has arrived on the caller's thread, unless that could take long.
  ///
  /// - Returns: Whether a drain was necessary and was made.
  private func drainNow() -> Bool {
    guard isInMemory, !queue.isCurrent, !store.isBusy,
      pending.withLock({ $0.count <= Self.few && $0.claimDrain() })
    else { return false }
    // The block doesn't throw.
    try? store.sync(isBrief: true) { (store) throws(LedgerError) in drain(store) }
    return true
  }

  func enqueue(_ charge: PendingCharge) {
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

  /// How often a drain looks for further charges before it lets other work have the queue.
  private static let drainRounds = 3

  /// Takes the charges that have arrived and settles them, and those that arrive meanwhile too.
  /// After some rounds it schedules another drain, which the queue runs after the administration
  /// that already waits.
  func drain(_ store: LedgerStore) {
    for _ in 0..<Self.drainRounds {
      // The two buffers are used in turn, so nothing is allocated once both are large enough.
      guard pending.withLock({ $0.takeAll(into: &store.batch) }) else { return }
      store.settleBatch()
      store.tellSettled()
    }
    scheduleDrain()
  }
}
