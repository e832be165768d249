extension Ledger {
  /// Something that `verify()` found to be wrong.
  public enum Discrepancy: Sendable, Equatable {
    /// SQLite found the file itself damaged; `message` is SQLite's own, usually from
    /// `integrity_check`.
    case damaged(message: String)
    /// An entry is missing before `found`: after entry `expected - 1` of the organization comes
    /// entry `found`.
    case gap(organization: String, expected: Int64, found: Int64)
    /// An entry's balance isn't the balance before it plus its amount.
    case brokenChain(organization: String, entry: Int64, expected: Int64, found: Int64)
    /// The amounts of all entries don't add up to the organization's balance.
    case wrongSum(organization: String, sum: Int64, balance: Int64)
    /// There are `entries` of an organization that doesn't exist; `id` is its number.
    case strayEntries(organization: Int64, entries: Int64)
    /// There are `documents` of an organization that doesn't exist; `id` is its number.
    case strayDocuments(organization: Int64, documents: Int64)
  }
}

extension Ledger.Discrepancy: CustomStringConvertible {
  /// One line for a person.
  public var description: String {
    switch self {
    case .damaged(let message):
      "file: \(message)"
    case .gap(let organization, let expected, let found):
      "\(organization): entry \(expected) is missing, \(found) comes instead"
    case .brokenChain(let organization, let entry, let expected, let found):
      "\(organization): entry \(entry) has balance \(found), expected \(expected)"
    case .wrongSum(let organization, let sum, let balance):
      "\(organization): entries sum to \(sum), the balance is \(balance)"
    case .strayEntries(let organization, let entries):
      "\(entries) entries of organization number \(organization), which does not exist"
    case .strayDocuments(let organization, let documents):
      "\(documents) documents of organization number \(organization), which does not exist"
    }
  }
}
