extension Ledger {
  /// How many entries a ledger in memory keeps apart before it folds older ones into one.
  ///
  /// A double that runs for days must stay flat, so in memory only an organization's newest
  /// entries stay as they were written. Those before them are folded into one entry, the first,
  /// which ``Entry/isFolded`` tells: all entries of an organization still add up to its balance,
  /// at every moment. In a file nothing is folded as time goes by.
  public struct Retention: Sendable, Equatable {
    /// How many newest entries all organizations share, in equal parts. The default is 200,000.
    public var total: Int

    /// The least and the most of one organization's part, 1 or more. The default is
    /// 1,000 to 20,000.
    public var perOrganization: ClosedRange<Int>

    /// How many newest entries of each organization a snapshot brings back as they were written,
    /// 1 or more, in memory and on file alike. The default is 10,000.
    public var inSnapshot: Int

    /// Describes a retention; see the properties for what is counted and the defaults.
    public init(
      total: Int = 200_000, perOrganization: ClosedRange<Int> = 1_000...20_000,
      inSnapshot: Int = 10_000
    ) {
      precondition(perOrganization.lowerBound > 0 && inSnapshot > 0)
      self.total = total
      self.perOrganization = perOrganization
      self.inSnapshot = inSnapshot
    }

    /// How many newest entries are certain to be kept of each of so many organizations.
    func entriesKept(organizations: Int) -> Int64 {
      let part = total / max(1, organizations)
      return Int64(min(max(part, perOrganization.lowerBound), perOrganization.upperBound))
    }

    /// By how many entries an organization exceeds `kept` before they are folded, all in one go.
    ///
    /// Many, because each time costs a few statements; but not so many that a commit is held up,
    /// for whatever has arrived waits for it: 256 took 0.2 ms. Nor out of proportion to what is
    /// kept. Two or more, so that a fold can end one entry earlier: see
    /// `Records.folded(of:through:)`.
    static func step(kept: Int64) -> Int64 {
      min(max(2, kept / 4), 64)
    }
  }
}
