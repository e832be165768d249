import CloroContract
import JSON

/// A condition on entries of the journal. A nil property accepts every entry.
struct JournalFilter: Sendable, Equatable {
  /// The organization's name, so that the filter still applies after a reset.
  var organization: String?
  /// The key's text.
  var key: String?
  var method: String?
  var path: String?
  var status: Int?
  /// A part of the reason's text.
  var reason: String?

  /// The conditions that an entry doesn't meet, e.g. `status: expected 429, was 200`; empty when it
  /// meets all.
  func misses(_ entry: JournalEntry) -> [String] {
    var misses: [String] = []
    func compareTexts(_ name: String, _ wanted: String?, _ found: String?) {
      guard let wanted, !isSame(wanted, found) else { return }
      misses.append("\(name): expected \(wanted), was \(found ?? "none")")
    }
    compareTexts("organization", organization, entry.key?.organization.name)
    if let key, !isSame(key, entry.key?.text) {
      let found = entry.key.map { "the one that ends in \($0.text.suffix(4))" } ?? "none"
      misses.append("key: expected the one that ends in \(key.suffix(4)), was \(found)")
    }
    compareTexts("method", method, entry.method)
    compareTexts("path", path, entry.path)
    if let status, status != entry.status {
      let found = entry.status.map { "\($0)" } ?? "none"
      misses.append("status: expected \(status), was \(found)")
    }
    if let reason, !entry.reason.text.contains(reason) {
      misses.append("reason: expected a text with \"\(reason)\", was \"\(entry.reason.text)\"")
    }
    return misses
  }

  /// Whether an entry meets all conditions; faster than ``misses(_:)``.
  func accepts(_ entry: JournalEntry) -> Bool {
    if let organization, !isSame(organization, entry.key?.organization.name) { return false }
    if let key, !isSame(key, entry.key?.text) { return false }
    if let method, !isSame(method, entry.method) { return false }
    if let path, !isSame(path, entry.path) { return false }
    if let status, status != entry.status { return false }
    if let reason, !entry.reason.text.contains(reason) { return false }
    return true
  }

  private func isSame(_ wanted: String, _ found: String?) -> Bool {
    found.map(wanted.hasSameBytes) ?? false
  }
}
