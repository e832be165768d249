/// An engine that cloro queries. The raw value is its path below `/v1/monitor/` and its name in
/// fixtures. Everything else that the contract says about it is in its `row`.
public enum Provider: String, Sendable, CaseIterable {
  /// OpenAI's ChatGPT.
  case chatgpt
  /// Google's Gemini.
  case gemini
  /// xAI's Grok.
  case grok
  /// Google's web search.
  case google
  /// Google's news search.
  case googleNews = "google/news"
  /// Microsoft's Copilot.
  case copilot
  /// Perplexity.
  case perplexity
  /// The AI Mode of Google's search.
  case aimode

  /// The path of the synchronous endpoint.
  public var path: String { "/v1/monitor/\(rawValue)" }

  /// Hashes the position, because hashing the name would read it letter by letter.
  public func hash(into hasher: inout Hasher) { hasher.combine(index) }

  /// The provider's position among all, used as an index into tables.
  public var index: Int {
    // Swift stores a case without a payload as its position in the declaration. It is needed
    // several times for each request, and looking it up would take longer than what it is used for.
    Int(unsafeBitCast(self, to: UInt8.self))
  }

  /// The `taskType` of an asynchronous task (2026-07, section 8).
  public var taskType: String { row.taskType }

  /// The member of a request that is the question. [2026-07, section 4]
  public var questionMember: String {
    switch self {
    case .google, .googleNews: "query"
    case .chatgpt, .gemini, .grok, .copilot, .perplexity, .aimode: "prompt"
    }
  }

  /// All providers that have a task type, in the order of the contract's enumeration.
  public static let taskTypes = allCases.sorted {
    $0.row.taskTypePosition < $1.row.taskTypePosition
  }

  /// The provider with a `taskType`, or nil.
  public init?(taskType: String) {
    guard let match = Self.allCases.first(where: { $0.taskType == taskType }) else { return nil }
    self = match
  }
}
