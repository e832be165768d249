extension LedgerStore {
  /// Told of a charge's outcome.
  typealias Telling = (SingleCharge, ChargeOutcome) -> Void

  /// Decides the charges of `batch` in order, commits them together and answers each.
  ///
  /// - Parameter tell: Told of the charges `byCaller` instead of their completions.
  func settleBatch(_ tell: Telling) {
    guard !batch.isEmpty else { return }
    do throws(LedgerError) {
      try requireOpen()
      for pending in batch {
        switch pending {
        case .one(let single): try decide(single.charge)
        case .many(let charges, _):
          for charge in charges { try decide(charge) }
        }
      }
      if database.isInTransaction { try commitTransaction() }
    } catch {
      rollBack()
      // Even those that were found too expensive: the balance they were held against is undone.
      outcomes = Array(repeating: .failed(error), count: batch.reduce(0) { $0 + $1.count })
    }
    answer(tell)
    batch.removeAll(keepingCapacity: true)
    outcomes.removeAll(keepingCapacity: true)
  }

  private func decide(_ charge: borrowing Charge) throws(LedgerError) {
    let account = charge.account
    guard knows(account) else {
      outcomes.append(.failed(.unknownAccount))
      return
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
    }
  }

  private func answer(_ tell: Telling) {
    var next = 0
    for pending in batch {
      switch pending {
      case .one(let single):
        let outcome = outcomes[next]
        if single.settlement == .byCaller {
          tell(single, outcome)
        } else {
          single.completion(outcome)
        }
        next += 1
      case .many(let charges, let completion):
        completion(Array(outcomes[next..<next + charges.count]))
        next += charges.count
      }
    }
  }
}
