/// Charges and writes whose outcomes are final.
struct SettledCharges: Sendable {
  var charges: [PendingCharge] = []
  /// The outcomes in order, as many as ``PendingCharge/count`` says of each call. A write that has
  /// succeeded is `charged`, with a balance that means nothing.
  var outcomes: [ChargeOutcome] = []

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
      case .write(_, let completion):
        completion(outcomes[next].error)
        next += 1
      case .writeInTill(_, let receiver):
        receiver.written(outcomes[next].error)
        next += 1
      case .round(let calls, let execute):
        let count = charge.count
        let settled = SettledCharges(
          charges: calls, outcomes: Array(outcomes[next..<next + count]))
        execute { settled.tell() }
        next += count
      }
    }
  }
}

extension ChargeOutcome {
  fileprivate var error: LedgerError? {
    if case .failed(let error) = self { error } else { nil }
  }
}

extension LedgerStore {
  /// Decides the charges of `batch` in order and commits them together.
  func settleBatch() {
    guard !batch.isEmpty else { return }
    do throws(LedgerError) {
      try requireOpen()
      let charged = try decide(batch)
      if database.isInTransaction {
        if keepsDocuments { try writeAccompanying() }
        try commitTransaction()
        if keepsDocuments { accompanying.removeAll(keepingCapacity: true) }
      }
      statistics.charged += charged
    } catch {
      rollBack()
      if !accompanying.isEmpty { documentSource?.notWritten(accompanying) }
      accompanying.removeAll()
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

  /// - Returns: The credits that they take.
  private func decide(_ calls: [PendingCharge]) throws(LedgerError) -> Int64 {
    var charged: Int64 = 0
    for call in calls {
      switch call {
      case .one(let charge, _), .inTill(let charge, _): charged += try decide(charge)
      case .many(let charges, _):
        for charge in charges { charged += try decide(charge) }
      case .write(let documents, _), .writeInTill(let documents, _): try decide(documents)
      case .round(let calls, _): charged += try decide(calls)
      }
    }
    return charged
  }

  private func decide(_ documents: [Ledger.Document]) throws(LedgerError) {
    guard documents.allSatisfy(knowsOwner) else {
      outcomes.append(.failed(.unknownAccount))
      return
    }
    // Without documents it is for what has changed besides.
    if keepsDocuments, !documents.isEmpty || documentSource != nil {
      if !database.isInTransaction { try beginTransaction() }
      try write(documents)
    }
    outcomes.append(.charged(balance: 0))
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
    } else if !charge.documents.isEmpty, !charge.documents.allSatisfy(knowsOwner) {
      outcomes.append(.failed(.unknownAccount))
    } else {
      if charge.amount > 0 {
        if !database.isInTransaction { try beginTransaction() }
        try post(charge)
      }
      if !charge.documents.isEmpty, keepsDocuments {
        if !database.isInTransaction { try beginTransaction() }
        try write(charge.documents)
      }
      outcomes.append(.charged(balance: account.state.balance))
      return charge.amount
    }
    return 0
  }
}
