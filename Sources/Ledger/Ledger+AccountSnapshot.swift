extension Ledger {
  /// An organization as it was at one moment, with everything that a restore needs.
  ///
  /// It lives in memory only, belongs to the ledger that it was taken of, and retains that ledger.
  /// It holds no copy of the entries until one is needed: see ``Ledger/snapshot(of:)``.
  public struct AccountSnapshot: Sendable {
    /// The organization's name.
    public let name: String

    /// The name of its plan.
    public let plan: String

    /// What the caller kept with it.
    public let settings: String

    /// When it was created, in milliseconds since the Unix epoch.
    public let createdAt: Int64

    /// Its balance in credits.
    public let balance: Int64

    /// Its API keys with their settings, revoked or not, in the order in which they were added.
    public let keys: [Key]

    /// The number of its last entry; 0 when it had none.
    public var lastEntry: Int64 { history.last }

    let history: History
  }
}
