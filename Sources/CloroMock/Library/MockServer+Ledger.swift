import Ledger
import Simulation

extension MockServer {
  /// One movement of credits.
  public struct LedgerEntry: Sendable, Hashable {
    /// Why credits moved.
    public enum Kind: String, Sendable, CaseIterable {
      /// Credits of a new organization, of a new billing cycle, or of a top-up.
      case grant
      /// The price of a successful request or task.
      case charge
      /// A balance set by hand, or credits taken away by hand.
      case adjustment
      /// Credits that were left at the end of a billing cycle.
      case expiry
      /// The sum of the oldest entries, which a ledger in memory and a snapshot don't keep apart.
      case folded
    }

    /// The entry's number; numbers increase.
    public let id: Int
    /// When it was written, on the double's clock, to the millisecond.
    public let at: Timestamp
    /// Why credits moved.
    public let kind: Kind
    /// The credits added; negative for credits taken.
    public let amount: Int
    /// How many entries it stands for: 1, and more for a folded one.
    public let count: Int
    /// The balance after it.
    public let balance: Int
    /// The path that was charged; nil for other kinds.
    public let endpoint: String?
    /// The synchronous request that was charged.
    public let requestID: String?
    /// The task that was charged.
    public let taskID: String?
  }

  /// Consecutive entries of an organization's ledger.
  public struct LedgerPage: Sendable, Hashable {
    /// The balance now, in credits.
    public let balance: Int
    /// The entries, oldest first.
    public let entries: [LedgerEntry]
    /// Whether all entries of the organization sum to its balance; computed for this answer.
    public let isConsistent: Bool
  }

  /// An organization's credits (`GET /_mock/ledger`).
  ///
  /// - Parameters:
  ///   - key: A key of the organization; nil takes the first key there is.
  ///   - since: The ``LedgerEntry/id`` of the last entry already seen. The default is 0.
  ///   - limit: The most entries, 0 to 10,000. The default is 100.
  /// - Throws: ``ControlRefusal`` 400 for a number below 0, 404 when there is no such key.
  public func ledger(
    key: String? = nil, since: Int? = nil, limit: Int? = nil
  ) async throws(ControlRefusal) -> LedgerPage {
    try await perform { control throws(ControlError) in
      let key = try control.ledger.owner(control.keys.narrowed(to: key))
      let page = try control.ledger.page(of: key, since: since, limit: limit)
      return LedgerPage(
        balance: Int(page.balance), entries: page.entries.map(LedgerEntry.init),
        isConsistent: page.isConsistent)
    }
  }
}

extension MockServer.LedgerEntry {
  fileprivate init(_ entry: Ledger.Entry) {
    self.init(
      id: Int(entry.id), at: Timestamp(milliseconds: entry.at), kind: Kind(entry.kind),
      amount: Int(entry.amount), count: Int(entry.count), balance: Int(entry.balance),
      endpoint: entry.endpoint,
      requestID: entry.requestID, taskID: entry.taskID)
  }
}

extension MockServer.LedgerEntry.Kind {
  fileprivate init(_ kind: Ledger.Entry.Kind) {
    self =
      switch kind {
      case .grant: .grant
      case .charge: .charge
      case .adjustment: .adjustment
      case .expiry: .expiry
      case .folded: .folded
      }
  }
}
