/// What a ledger keeps in memory of one account. Confined to the ledger's queue.
struct AccountState {
  /// The balance after the last entry written, committed or not.
  var balance: Int64

  /// The number of the last entry written, committed or not; 0 before the first.
  var lastEntry: Int64

  /// The number of the first entry that is stored, folded or not; 1 before there is one.
  var oldestEntry: Int64

  /// Where its entries and documents lie.
  var partitions: Partitions

  /// Whether the open transaction has changed the account.
  var isTouched = false

  /// Whether the account must be read before it is used: it hasn't been yet, or a transaction has
  /// failed.
  var isStale = false

  /// The number up to which entries have been summed up, so that no page sums them up again.
  private(set) var summedThrough: Int64 = 0

  /// Sum of the amounts of the entries up to ``summedThrough``.
  private(set) var sum: Int64 = 0

  /// The histories whose entries are still intact in the ledger.
  var histories: [WeakHistory] = []

  init(balance: Int64, lastEntry: Int64, oldestEntry: Int64, partitions: Partitions) {
    self.partitions = partitions
    self.balance = balance
    self.lastEntry = lastEntry
    self.oldestEntry = oldestEntry
  }

  /// Stores the sum of the entries up to a number.
  mutating func setSum(_ sum: Int64, through last: Int64) {
    self.sum = sum
    summedThrough = last
  }

  /// Forgets the sum, because these entries are gone.
  mutating func forgetSum() {
    setSum(0, through: 0)
  }

  /// Notes that the entries up to `folded` have become this one.
  mutating func fold(into folded: Ledger.Entry) {
    oldestEntry = folded.id
    // A sum that ends among the folded entries would count the first of them twice when it is
    // continued.
    if summedThrough < folded.id { setSum(folded.amount, through: folded.id) }
  }

  /// Notes that the entries after `last` are gone.
  mutating func truncate(to last: Int64) {
    lastEntry = last
    if summedThrough > last { forgetSum() }
  }
}
