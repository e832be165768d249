import Synchronization

/// The handles of organizations that a file had when it was opened, and that the ledger's queue
/// hasn't used yet. Whoever reads such an organization makes its handle, without waiting for the
/// queue, and the queue takes it over at its first use.
final class UnusedAccounts: Sendable {
  private let accounts = Mutex<[Int64: Account]>([:])

  /// The handle of an organization, which is made when it is first asked for.
  func account(_ id: Int64, make: () -> Account) -> Account {
    accounts.withLock { accounts in
      if let account = accounts[id] { return account }
      let account = make()
      accounts[id] = account
      return account
    }
  }

  /// Removes a handle, which is used from now on.
  ///
  /// - Returns: Whether it was there.
  func take(_ account: Account) -> Bool {
    accounts.withLock { accounts in
      guard accounts[account.id] === account else { return false }
      accounts[account.id] = nil
      return true
    }
  }
}
