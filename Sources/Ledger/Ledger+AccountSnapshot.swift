extension Ledger {
  /// An organization as it was at one moment, with everything that a restore needs.
  ///
  /// It lives in memory only, belongs to the ledger that it was taken of, and retains that ledger;
  /// one that was made of entries belongs to none. It holds no copy of the entries until one is
  /// needed: see ``Ledger/snapshot(of:)``.
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

    /// An organization as somebody else describes it, for example a file.
    ///
    /// - Parameters:
    ///   - createdAt: In milliseconds since the Unix epoch.
    ///   - keys: Its API keys in their order; their ``Ledger/Key/organization`` doesn't matter.
    ///   - entries: Oldest first and without a gap, each balance the one before plus its amount;
    ///     only a folded entry may come first with another number than 1. Its balance is the last
    ///     one's.
    public init(
      name: String, plan: String, settings: String, createdAt: Int64, keys: [Key],
      entries: [Entry]
    ) {
      self.name = name
      self.plan = plan
      self.settings = settings
      self.createdAt = createdAt
      self.keys = keys
      balance = entries.last?.balance ?? 0
      history = History(of: entries)
    }

    init(
      name: String, plan: String, settings: String, createdAt: Int64, balance: Int64,
      keys: [Key], history: History
    ) {
      self.name = name
      self.plan = plan
      self.settings = settings
      self.createdAt = createdAt
      self.balance = balance
      self.keys = keys
      self.history = history
    }

    /// Its entries, oldest first, at most ``Ledger/Retention/inSnapshot``; older ones are folded
    /// into the first. They are copied now if they weren't before.
    ///
    /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
    public func entries() throws(LedgerError) -> [Entry] {
      if history.copy == nil { try history.ledger?.copy(history) }
      guard let entries = history.copy else { throw .closed }
      return entries
    }
  }
}
