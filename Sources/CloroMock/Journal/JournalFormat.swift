/// The forms in which the journal is read.
public enum JournalFormat: String, Sendable, CaseIterable {
  /// One object with the entries and the number of those that were dropped.
  case json
  /// An HTTP Archive, which browsers' developer tools and proxies open.
  case har
  /// An entry a line.
  case jsonl

  /// The media type. None is registered for archives.
  var contentType: String {
    switch self {
    case .json: "application/json"
    case .har: "application/har+json"
    case .jsonl: "application/jsonl"
    }
  }
}
