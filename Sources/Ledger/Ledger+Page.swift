extension Ledger {
  /// Consecutive entries of an organization, with the state of its account at that moment.
  public struct Page: Sendable, Equatable {
    /// The balance as the organization's row holds it, in credits.
    public let balance: Int64

    /// The entries asked for, oldest first.
    public let entries: [Entry]

    /// Whether *all* the organization's entries, on this page or not, add up to ``balance``.
    ///
    /// Entries that an earlier page has added up are not read again: the ledger never changes them,
    /// it only folds them, which keeps their sum. `verify()` reads them all.
    public let isConsistent: Bool
  }
}
