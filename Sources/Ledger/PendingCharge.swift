/// One call of `charge` that waits for the next commit.
enum PendingCharge: Sendable {
  case one(SingleCharge)
  case many([Charge], completion: @Sendable ([ChargeOutcome]) -> Void)

  /// How many charges it is.
  var count: Int {
    switch self {
    case .one: 1
    case .many(let charges, _): charges.count
    }
  }

  /// Answers without having tried.
  func fail(_ error: LedgerError) {
    switch self {
    case .one(let single): single.completion(.failed(error))
    case .many(let charges, let completion):
      completion(Array(repeating: .failed(error), count: charges.count))
    }
  }
}

/// A charge that was made by itself. A class, because it goes from list to list.
final class SingleCharge: Sendable {
  let charge: Charge
  let settlement: Ledger.Settlement
  let completion: @Sendable (ChargeOutcome) -> Void

  init(
    _ charge: consuming Charge, _ settlement: Ledger.Settlement,
    completion: @escaping @Sendable (ChargeOutcome) -> Void
  ) {
    self.charge = charge
    self.settlement = settlement
    self.completion = completion
  }
}
