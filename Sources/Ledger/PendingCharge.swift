/// One call of `charge` or `write` that waits for the next transaction.
enum PendingCharge: Sendable {
  case one(Charge, completion: @Sendable (ChargeOutcome) -> Void)
  case many([Charge], completion: @Sendable ([ChargeOutcome]) -> Void)
  /// A charge made in a ``Till``, which calls its receiver.
  case inTill(Charge, any ChargeReceiver)
  case write([Ledger.Document], completion: @Sendable (LedgerError?) -> Void)
  /// Documents written by way of a ``Till``, which calls their receiver.
  case writeInTill([Ledger.Document], any WriteReceiver)
  /// What a ``Till`` has left to the ledger's queue. The last job tells the outcomes on its loop.
  case round([PendingCharge], execute: @Sendable (@escaping @Sendable () -> Void) -> Void)

  /// How many outcomes the call has: one for each charge, and one for each call of `write`.
  var count: Int {
    switch self {
    case .one, .inTill, .write, .writeInTill: 1
    case .many(let charges, _): charges.count
    case .round(let calls, _): calls.reduce(0) { $0 + $1.count }
    }
  }

  /// Reports an error to the callers without having tried the charges.
  func fail(_ error: LedgerError) {
    SettledCharges(
      charges: [self], outcomes: Array(repeating: .failed(error), count: count)
    ).tell()
  }
}
