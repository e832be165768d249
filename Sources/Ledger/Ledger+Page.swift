extension Ledger {
  /// A stretch of an organization's entries, with the state of its account at that moment.
  public struct Page: Sendable, Equatable {
    /// The balance as the organization's row holds it, in credits.
    public let balance: Int64

    /// The entries asked for, oldest first.
    public let entries: [Entry]

    /// Whether *all* the organization's entries, on this page or not, add up to ``balance``.
    ///
    /// Computed. Entries that an earlier page has already added up are not read again: they are
    /// never changed by the ledger, only folded, which keeps their sum. `verify()` reads them all.
    public let isConsistent: Bool
  }
}
