/// What became of a ``Charge``, told once it is certain.
public enum ChargeOutcome: Equatable, Sendable {
  /// Charged and committed; `balance` is what was left after exactly this charge.
  case charged(balance: Int64)

  /// Not charged, because `balance` was all there was when its turn came.
  ///
  /// The caller may have seen more a moment before: another charge was faster.
  case insufficient(balance: Int64)

  /// Not charged. With ``LedgerError/database(_:message:)`` the whole transaction was rolled back
  /// and none of the charges in it counts; the ledger goes on, and a later charge may succeed.
  case failed(LedgerError)
}
