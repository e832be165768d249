/// What a ledger's queue keeps in memory of one account.
struct AccountState {
  /// The balance after the last entry written, committed or not.
  var balance: Int64

  /// The number of the last entry written, committed or not; 0 before the first.
  var lastEntry: Int64

  /// Whether the open transaction has changed the account.
  var isTouched = false

  /// Whether a transaction failed and the account must be read again before it is used.
  var isStale = false

  /// The entries up to this number have been summed up, so that no page does it again.
  var summedThrough: Int64 = 0

  /// Sum of the amounts of the entries up to ``summedThrough``.
  var sum: Int64 = 0

  init(balance: Int64, lastEntry: Int64) {
    self.balance = balance
    self.lastEntry = lastEntry
  }

  /// Forgets what was summed up, for these entries are gone.
  mutating func forgetSum() {
    summedThrough = 0
    sum = 0
  }
}
