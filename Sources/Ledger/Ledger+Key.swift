extension Ledger {
  /// An API key of an organization.
  public struct Key: Sendable, Equatable {
    /// The key itself, as clients send it; unique in the ledger.
    public let text: String

    /// The ``Account/id`` of the organization it belongs to.
    public let organization: Int64

    /// What the caller keeps with it, JSON by custom. The ledger doesn't look inside.
    public let settings: String?

    /// Whether it has been revoked: still known, no longer good.
    public let isRevoked: Bool
  }
}
