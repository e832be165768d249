extension Ledger {
  /// The kinds of entry by which credits are added from outside.
  public enum CreditKind: Sendable {
    /// More credits: only positive amounts.
    case grant
    /// A correction, which may be negative.
    case adjustment
  }

  /// Adds credits to an account. An amount of 0 changes nothing and leaves no entry.
  ///
  /// - Parameters:
  ///   - amount: Credits; negative only for an adjustment.
  ///   - account: The account that gets them.
  ///   - kind: The kind of the entry. The default is a grant.
  ///   - at: The time, in milliseconds since the Unix epoch.
  /// - Returns: The new balance.
  /// - Throws: ``LedgerError/invalidAmount(_:)`` for a negative grant or a balance beyond
  ///   `Int64.max`, ``LedgerError/insufficientCredits(balance:)`` if the balance would fall below
  ///   0, ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  @discardableResult
  public func addCredits(
    _ amount: Int64, to account: Account, kind: CreditKind = .grant, at: Int64
  ) throws(LedgerError) -> Int64 {
    try transaction { (changes) throws(LedgerError) in
      try changes.addCredits(amount, to: account, kind: kind, at: at)
    }
  }

  /// Brings an account to a balance by one adjustment of the difference, if there is one.
  ///
  /// - Parameters:
  ///   - balance: The new balance in credits, 0 or more.
  ///   - account: Whose.
  ///   - at: The time, in milliseconds since the Unix epoch.
  /// - Throws: ``LedgerError/invalidAmount(_:)`` for a negative balance,
  ///   ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func setBalance(
    of account: Account, to balance: Int64, at: Int64
  ) throws(LedgerError) {
    try transaction { (changes) throws(LedgerError) in
      try changes.setBalance(of: account, to: balance, at: at)
    }
  }

  /// Ends a billing cycle: the remaining credits expire, and the next cycle's credits are granted.
  ///
  /// Writes an expiry, unless the balance is 0, and a grant, unless it is 0. Credits don't roll
  /// over: section Credits of the contract.
  ///
  /// - Parameters:
  ///   - account: Whose.
  ///   - grant: Credits of the new cycle, 0 or more.
  ///   - at: The time, in milliseconds since the Unix epoch.
  /// - Throws: ``LedgerError/invalidAmount(_:)`` for a negative grant,
  ///   ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func expire(_ account: Account, grant: Int64, at: Int64) throws(LedgerError) {
    try transaction { (changes) throws(LedgerError) in
      try changes.expire(account, grant: grant, at: at)
    }
  }

  /// Deletes an account's entries and starts again, at number 1, with one grant. Keys stay.
  ///
  /// The old handle is invalid from then on: a charge that is still waiting for it fails with
  /// ``LedgerError/unknownAccount``, so it can't reach the new account.
  ///
  /// - Parameters:
  ///   - account: Whose.
  ///   - grant: Credits to start with, 0 or more. 0 leaves no entry.
  ///   - at: The time, in milliseconds since the Unix epoch.
  /// - Returns: The organization's new handle.
  /// - Throws: ``LedgerError/invalidAmount(_:)`` for a negative grant,
  ///   ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///   ``LedgerError/database(_:message:)``.
  public func reset(_ account: Account, grant: Int64, at: Int64) throws(LedgerError) -> Account {
    try transaction { (changes) throws(LedgerError) in
      try changes.reset(account, grant: grant, at: at)
    }
  }
}
