/// An engine that cloro asks. The raw value is its path below `/v1/monitor/` and its name in
/// fixtures. All else that the contract says of it stands in its ``row``.
public enum Provider: String, Sendable, CaseIterable {
  case chatgpt
  case gemini
  case grok
  case google
  case googleNews = "google/news"
  case copilot
  case perplexity
  case aimode

  /// The path of the synchronous endpoint.
  public var path: String { "/v1/monitor/\(rawValue)" }

  /// Hashes the position: the name would be gone through letter by letter.
  public func hash(into hasher: inout Hasher) { hasher.combine(index) }

  /// The provider's position among all, for tables.
  public var index: Int {
    // Swift stores a case without a payload as its position in the declaration. To look the position up
    // would take longer than what it is needed for, which happens several times for each request.
    Int(unsafeBitCast(self, to: UInt8.self))
  }

  /// The `taskType` of an asynchronous task (2026-07, section 8).
  public var taskType: String { row.taskType }

  /// All that have a task type, in the order of the contract's enumeration.
  public static let taskTypes = allCases.sorted {
    $0.row.taskTypePosition < $1.row.taskTypePosition
  }

  /// The provider of a `taskType`, or nil.
  public init?(taskType: String) {
    guard let match = Self.allCases.first(where: { $0.taskType == taskType }) else { return nil }
    self = match
  }
}
