/// A piece of state as a database keeps it: see `Ledger.Document`.
struct StoredText: Sendable {
  let id: String
  /// JSON mostly; nil removes it.
  let body: [UInt8]?
}
