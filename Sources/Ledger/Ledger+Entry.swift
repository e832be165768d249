extension Ledger {
  /// One line of an organization's account. Entries are added and never changed; old ones may be
  /// folded into one, see ``Kind/folded``.
  public struct Entry: Sendable, Equatable {
    /// What made the balance change.
    public enum Kind: String, Sendable, CaseIterable {
      /// Credits given: a plan's monthly amount, or bought.
      case grant
      /// Credits taken for a request or task that succeeded.
      case charge
      /// A correction from outside.
      case adjustment
      /// Credits lost at the end of a billing cycle.
      case expiry
      /// Nothing of its own: the entry replaces all earlier ones up to its number. Its amount is
      /// their sum, and its `at` and `balance` are the last one's. An organization has at most one,
      /// its first. See ``Ledger/Retention`` and ``Ledger/restore(_:)``.
      case folded
    }

    /// 1, 2, 3 … within the organization, without a gap; only a folded entry may come first with
    /// a higher number.
    public let id: Int64

    /// The time, in milliseconds since the Unix epoch, on the clock of the caller that wrote it.
    public let at: Int64

    /// What made the balance change.
    public let kind: Kind

    /// The change in credits, negative for charges and expiry, never 0.
    public let amount: Int64

    /// The balance after this entry, in credits, 0 or more.
    public let balance: Int64

    /// The route that was charged for; else `nil`.
    public let endpoint: String?

    /// The request that was charged for, if it had an identifier.
    public let requestID: String?

    /// The asynchronous task that was charged for, if it was one.
    public let taskID: String?

    /// Whether this entry replaces earlier ones.
    public var isFolded: Bool { kind == .folded }

    /// How many entries this one stands for: 1, or for a folded one as many as its number says,
    /// because numbers have no gaps.
    public var count: Int64 { isFolded ? id : 1 }

    /// An entry as it was written before.
    public init(
      id: Int64, at: Int64, kind: Kind, amount: Int64, balance: Int64, endpoint: String?,
      requestID: String?, taskID: String?
    ) {
      self.id = id
      self.at = at
      self.kind = kind
      self.amount = amount
      self.balance = balance
      self.endpoint = endpoint
      self.requestID = requestID
      self.taskID = taskID
    }
  }
}
