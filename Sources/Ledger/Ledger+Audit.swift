extension Ledger {
  /// What memory and database say of one account at one moment: between two transactions.
  public struct Audit: Sendable, Equatable {
    /// The balance in the organization's row.
    public let stored: Int64

    /// What ``Account/balance`` says.
    public let published: Int64

    /// Whether the entries add up to ``stored``.
    public let isConsistent: Bool
  }

  /// Compares an account with what the database holds of it.
  ///
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func audit(_ account: Account) throws(LedgerError) -> Audit {
    try summed(account) { (records) throws(LedgerError) in
      let page = try records.page(of: account, latest: 0)
      return Audit(
        stored: page.balance, published: account.balance, isConsistent: page.isConsistent)
    }
  }
}
