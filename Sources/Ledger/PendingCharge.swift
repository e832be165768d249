/// One call of `charge` that waits for the next commit.
enum PendingCharge: Sendable {
  case one(Charge, completion: @Sendable (ChargeOutcome) -> Void)
  case many([Charge], completion: @Sendable ([ChargeOutcome]) -> Void)

  /// Answers without having tried.
  func fail(_ error: LedgerError) {
    switch self {
    case .one(_, let completion):
      completion(.failed(error))
    case .many(let charges, let completion):
      completion(Array(repeating: .failed(error), count: charges.count))
    }
  }
}
