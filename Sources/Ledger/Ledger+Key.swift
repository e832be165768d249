extension Ledger {
  /// An API key of an organization.
  public struct Key: Sendable, Equatable {
    /// The key itself, as clients send it; unique in the ledger.
    public let text: String

    /// The ``Account/id`` of the organization it belongs to.
    public let organization: Int64

    /// What the caller stores with it, JSON by convention. The ledger doesn't interpret it.
    public let settings: String?

    /// Whether it has been revoked: the ledger still knows it, but it is no longer valid.
    public let isRevoked: Bool

    /// A key as a snapshot brings it back.
    ///
    /// - Parameter organization: The default is 0: that of the snapshot.
    public init(text: String, organization: Int64 = 0, settings: String?, isRevoked: Bool) {
      self.text = text
      self.organization = organization
      self.settings = settings
      self.isRevoked = isRevoked
    }
  }
}
