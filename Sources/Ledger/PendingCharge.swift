/// One call of `charge` that waits for the next transaction.
enum PendingCharge: Sendable {
  case one(Charge, completion: @Sendable (ChargeOutcome) -> Void)
  case many([Charge], completion: @Sendable ([ChargeOutcome]) -> Void)
  /// A charge made in a ``Till``, which calls its receiver.
  case inTill(Charge, any ChargeReceiver)

  /// How many charges the call makes.
  var count: Int {
    switch self {
    case .one, .inTill: 1
    case .many(let charges, _): charges.count
    }
  }

  /// Reports an error to the callers without having tried the charges.
  func fail(_ error: LedgerError) {
    switch self {
    case .one(_, let completion): completion(.failed(error))
    case .inTill(_, let receiver): receiver.settled(.failed(error))
    case .many(let charges, let completion):
      completion(Array(repeating: .failed(error), count: charges.count))
    }
  }
}
