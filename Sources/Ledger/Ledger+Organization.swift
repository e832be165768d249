extension Ledger {
  /// An organization with everything that the ledger stores of it, except its entries.
  public struct Organization: Sendable {
    /// Its account, with its name and balance.
    public let account: Account

    /// The name of its plan.
    public let plan: String

    /// What the caller stores with it, JSON by convention. The ledger doesn't interpret it.
    public let settings: String

    /// When it was created, in milliseconds since the Unix epoch.
    public let createdAt: Int64

    /// The number of its last entry; 0 when it has none.
    public let lastEntry: Int64

    /// Its API keys, in the order in which they were added.
    public let keys: [Key]
  }
}
