/// Charges whose outcomes are final.
struct SettledCharges {
  fileprivate(set) var charges: [PendingCharge] = []
  /// The outcomes in order, one for each charge; a call with several charges has several.
  fileprivate(set) var outcomes: [ChargeOutcome] = []

  /// Reports the outcomes to the callers.
  func tell() {
    var next = 0
    for charge in charges {
      switch charge {
      case .one(_, let completion):
        completion(outcomes[next])
        next += 1
      case .inTill(_, let receiver):
        receiver.settled(outcomes[next])
        next += 1
      case .many(let charges, let completion):
        completion(Array(outcomes[next..<next + charges.count]))
        next += charges.count
      }
    }
  }
}

extension LedgerStore {
  /// Decides the charges of `batch` in order and commits them together.
  func settleBatch() {
    guard !batch.isEmpty else { return }
    do throws(LedgerError) {
      try requireOpen()
      var charged: Int64 = 0
      for pending in batch {
        switch pending {
        case .one(let charge, _), .inTill(let charge, _): charged += try decide(charge)
        case .many(let charges, _):
          for charge in charges { charged += try decide(charge) }
        }
      }
      if database.isInTransaction { try commitTransaction() }
      statistics.charged += charged
    } catch {
      rollBack()
      // Charges that were found too expensive fail as well, because the balance they were compared
      // with is rolled back.
      outcomes = Array(repeating: .failed(error), count: batch.reduce(0) { $0 + $1.count })
    }
  }

  /// Reports the outcomes of the charges that were settled last.
  func tellSettled() {
    SettledCharges(charges: batch, outcomes: outcomes).tell()
    batch.removeAll(keepingCapacity: true)
    outcomes.removeAll(keepingCapacity: true)
  }

  /// Returns the charges that were settled last, so that the caller can report their outcomes off
  /// the queue.
  func takeSettled() -> SettledCharges {
    var settled = SettledCharges()
    swap(&settled.charges, &batch)
    swap(&settled.outcomes, &outcomes)
    // The next batch is likely to have the same size.
    batch.reserveCapacity(settled.charges.count)
    outcomes.reserveCapacity(settled.outcomes.count)
    return settled
  }

  /// - Returns: The credits that it takes.
  private func decide(_ charge: Charge) throws(LedgerError) -> Int64 {
    let account = charge.account
    guard knows(account) else {
      outcomes.append(.failed(.unknownAccount))
      return 0
    }
    if account.state.isStale { try require(account) }
    let balance = account.state.balance
    if charge.amount < 0 {
      outcomes.append(.failed(.invalidAmount(charge.amount)))
    } else if charge.amount > balance {
      outcomes.append(.insufficient(balance: balance))
    } else if charge.amount == 0 {
      outcomes.append(.charged(balance: balance))
    } else {
      if !database.isInTransaction { try beginTransaction() }
      try post(charge)
      outcomes.append(.charged(balance: account.state.balance))
      return charge.amount
    }
    return 0
  }
}
