extension Ledger {
  /// Counts since the ledger was opened, for metrics. They never decrease.
  public struct Statistics: Sendable, Equatable {
    /// Committed transactions, those of charges and of administration alike.
    public internal(set) var commits: Int64 = 0

    /// Entries that these transactions added. Folded and restored ones are not counted.
    public internal(set) var entries: Int64 = 0

    /// Most entries that one transaction added.
    public internal(set) var largestBatch: Int64 = 0

    /// Credits that committed charges have taken.
    public internal(set) var charged: Int64 = 0

    /// Time spent in committed transactions, from `BEGIN` to the end of `COMMIT`, in nanoseconds.
    public internal(set) var commitNanoseconds: UInt64 = 0

    mutating func count(entries count: Int64, nanoseconds: UInt64) {
      commits += 1
      entries += count
      largestBatch = max(largestBatch, count)
      commitNanoseconds += nanoseconds
    }
  }
}
