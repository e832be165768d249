/// The outcome of a ``Charge``, reported once it is final.
public enum ChargeOutcome: Equatable, Sendable {
  /// Charged and committed; `balance` is what was left after exactly this charge.
  case charged(balance: Int64)

  /// Not charged, because the balance was too small when the charge was decided; `balance` is all
  /// there was.
  ///
  /// The caller may have read a higher balance a moment before: another charge was decided first.
  case insufficient(balance: Int64)

  /// Not charged. With ``LedgerError/database(_:message:)`` the whole transaction was rolled back
  /// and none of the charges in it counts; the ledger goes on, and a later charge may succeed.
  case failed(LedgerError)
}
