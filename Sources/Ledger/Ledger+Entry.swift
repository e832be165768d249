extension Ledger {
  /// One line of an organization's account. Entries are added and never changed.
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
    }

    /// 1, 2, 3 … within the organization, without a gap.
    public let id: Int64

    /// When, in milliseconds since the Unix epoch, on the clock of whoever wrote it.
    public let at: Int64

    /// What made the balance change.
    public let kind: Kind

    /// The change in credits, negative for charges and expiry, never 0.
    public let amount: Int64

    /// The balance after this entry, in credits, 0 or more.
    public let balance: Int64

    /// The route that was charged for; `nil` unless ``kind`` is `charge`.
    public let endpoint: String?

    /// The request that was charged for, if it had an identifier.
    public let requestID: String?

    /// The asynchronous task that was charged for, if it was one.
    public let taskID: String?
  }
}
