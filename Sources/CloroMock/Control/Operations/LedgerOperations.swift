import Ledger

/// An organization's credits.
struct LedgerOperations: Sendable {
  let ledger: Ledger
  let organizations: OrganizationDirectory

  /// The default and the largest number of entries of a page.
  private static let (usualLimit, largestLimit) = (100, 10_000)

  /// The key whose organization's ledger is meant; nil means the first existing key.
  func owner(_ key: APIKey?) throws(ControlError) -> APIKey {
    guard let key = key ?? organizations.keys.first else { throw .notFound("There is no key.") }
    return key
  }

  /// Consecutive entries of an organization's ledger.
  ///
  /// - Parameters:
  ///   - key: A key of the organization.
  ///   - since: The number of the last entry already seen. The default is 0.
  ///   - limit: The most entries. The default is 100, and at most 10,000 are returned.
  func page(
    of key: APIKey, since: Int?, limit: Int?
  ) throws(ControlError) -> Ledger.Page {
    try ControlError.requireWhole("since", since)
    try ControlError.requireWhole("limit", limit)
    return try ControlError.reading { () throws(LedgerError) in
      try ledger.page(
        of: key.organization.account, since: Int64(since ?? 0),
        limit: min(limit ?? Self.usualLimit, Self.largestLimit))
    }
  }
}
