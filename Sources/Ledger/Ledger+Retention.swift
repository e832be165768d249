extension Ledger {
  /// How many entries a ledger in memory keeps separately before it folds older ones into one.
  ///
  /// The memory of a double that runs for days must not grow, so only an organization's newest
  /// entries stay as they were written. Older ones are folded into one entry, the first, marked by
  /// ``Entry/Kind/folded``. At every moment all entries of an organization add up to its balance. A
  /// ledger in a file folds nothing while it runs.
  public struct Retention: Sendable, Equatable {
    /// How many newest entries all organizations share, in equal parts. The default is 200,000.
    public var total: Int

    /// The smallest and the largest part of one organization, 1 or more. The default is 1,000 to
    /// 20,000.
    public var perOrganization: ClosedRange<Int>

    /// How many newest entries of each organization a snapshot brings back as they were written,
    /// 1 or more, in memory and on file alike. The default is 10,000.
    public var inSnapshot: Int

    /// Describes a retention; the properties say what is counted and give the defaults.
    public init(
      total: Int = 200_000, perOrganization: ClosedRange<Int> = 1_000...20_000,
      inSnapshot: Int = 10_000
    ) {
      precondition(perOrganization.lowerBound > 0 && inSnapshot > 0)
      self.total = total
      self.perOrganization = perOrganization
      self.inSnapshot = inSnapshot
    }

    /// How many of its newest entries each organization is certain to keep when there are so many
    /// organizations.
    func entriesKept(organizations: Int) -> Int64 {
      let part = total / max(1, organizations)
      return Int64(min(max(part, perOrganization.lowerBound), perOrganization.upperBound))
    }

    /// By how many entries an organization exceeds `kept` before they are folded, all at once.
    ///
    /// Many, because each fold costs a few statements. Not so many that the commit takes long,
    /// because all charges that have arrived wait for it (256 entries took 0.2 ms), and in
    /// proportion to what is kept. At least two, so that a fold can end one entry earlier: see
    /// `Records.folded(of:through:)`.
    static func step(kept: Int64) -> Int64 {
      min(max(2, kept / 4), 64)
    }
  }
}
