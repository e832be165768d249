/// One call of `charge` that waits for the next commit.
enum PendingCharge: Sendable {
  case one(Charge, completion: @Sendable (ChargeOutcome) -> Void)
  case many([Charge], completion: @Sendable ([ChargeOutcome]) -> Void)
  /// A charge of a till that settles its charges itself.
  case inTill(Charge, any ChargeReceiver)

  /// How many charges it is.
  var count: Int {
    switch self {
    case .one, .inTill: 1
    case .many(let charges, _): charges.count
    }
  }

  /// Answers without having tried.
  func fail(_ error: LedgerError) {
    switch self {
    case .one(_, let completion): completion(.failed(error))
    case .inTill(_, let receiver): receiver.settled(.failed(error))
    case .many(let charges, let completion):
      completion(Array(repeating: .failed(error), count: charges.count))
    }
  }
}
