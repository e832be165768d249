/// An engine that cloro asks. The raw value is its path below `/v1/monitor/` and its name in
/// fixtures.
public enum Provider: String, Sendable, CaseIterable {
  case chatgpt
  case gemini
  case grok
  case google
  case googleNews = "google/news"
  case copilot
  case perplexity
  case aimode

  /// The `taskType` of an asynchronous task (2026-07, section 8).
  public var taskType: String {
    switch self {
    case .googleNews: "GOOGLE_NEWS"
    default: rawValue.uppercased()
    }
  }

  /// The path of the synchronous endpoint.
  public var path: String { "/v1/monitor/\(rawValue)" }

  /// Hashes the position: the name would be gone through letter by letter, for each request's price.
  public func hash(into hasher: inout Hasher) { hasher.combine(index) }

  /// The provider's position among all, for tables.
  public var index: Int {
    // A table would be searched by hash, several times for each request.
    switch self {
    case .chatgpt: 0
    case .gemini: 1
    case .grok: 2
    case .google: 3
    case .googleNews: 4
    case .copilot: 5
    case .perplexity: 6
    case .aimode: 7
    }
  }

  /// All task types, in the order of the contract's enumeration.
  public static let taskTypes = [
    Provider.aimode, .google, .googleNews, .gemini, .chatgpt, .copilot, .perplexity, .grok,
  ]

  /// The provider of a `taskType`, or nil.
  public init?(taskType: String) {
    guard let match = Self.allCases.first(where: { $0.taskType == taskType }) else { return nil }
    self = match
  }
}
