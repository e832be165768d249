/// One member of a request body: a row of the tables in 2026-07, section 5 and 2026-10, section 6.
struct RequestField: Sendable {
  enum Kind: Sendable {
    /// A text of `minimum`…`maximum` characters.
    case text(minimum: Int, maximum: Int)
    /// A country code: any text in 2026-07, one of an enumeration in 2026-10.
    case country
    case state
    case device([MonitorRequest.Device])
    /// A whole number in the range.
    case integer(ClosedRange<Int64>)
    case boolean
    case include([String])
    /// The address of a Google web search, in place of the question.
    case search
  }

  let name: String
  let kind: Kind
  var isRequired = false

  /// The longest question, in characters.
  static let longestQuestion = 10_000
  /// A text whose length the contract leaves open.
  static let anyText = Kind.text(minimum: 0, maximum: Int.max)

  /// The members that a provider's request may have in a revision.
  static func fields(of provider: Provider, in revision: ContractRevision) -> [RequestField] {
    (revision == .july2026 ? july : october)[provider.index]
  }

  private static let july = Provider.allCases.map { rows($0, .july2026) }
  private static let october = Provider.allCases.map { rows($0, .october2026) }

  private static func rows(
    _ provider: Provider, _ revision: ContractRevision
  ) -> [RequestField] {
    let isNewer = revision == .october2026
    let text = Kind.text(minimum: 1, maximum: longestQuestion)
    var rows: [RequestField] = []
    switch provider {
    case .google, .googleNews:
      rows.append(RequestField(name: "query", kind: text, isRequired: true))
    default: rows.append(RequestField(name: "prompt", kind: text, isRequired: true))
    }
    rows.append(RequestField(name: "country", kind: .country, isRequired: true))
    switch provider {
    case .google, .aimode:
      rows.append(RequestField(name: "location", kind: anyText))
      rows.append(RequestField(name: "uule", kind: anyText))
    case .googleNews: break
    default: rows.append(RequestField(name: "state", kind: .state))
    }
    if [.google, .googleNews, .aimode].contains(provider) {
      let hasPhones = isNewer && provider != .aimode
      rows.append(
        RequestField(
          name: "device",
          kind: .device(hasPhones ? [.desktop, .mobile, .ios, .android] : [.desktop, .mobile])))
      if isNewer {
        rows.append(RequestField(name: "gl", kind: anyText))
        rows.append(RequestField(name: "hl", kind: anyText))
      }
    }
    if [.google, .googleNews].contains(provider) {
      rows.append(RequestField(name: "pages", kind: .integer(1...10)))
    }
    if isNewer, provider == .google { rows.append(RequestField(name: "url", kind: .search)) }
    if isNewer, provider == .chatgpt {
      rows.append(RequestField(name: "legacy", kind: .boolean))
      rows.append(RequestField(name: "disableWebSearch", kind: .boolean))
    }
    rows.append(RequestField(name: "include", kind: .include(flags(provider, revision))))
    return rows
  }

  private static func flags(_ provider: Provider, _ revision: ContractRevision) -> [String] {
    let newer = revision == .october2026
    return switch provider {
    case .chatgpt: ["html", "markdown", "rawResponse", "searchQueries", "ads", "shopping"]
    case .gemini, .grok, .copilot, .perplexity: ["html", "markdown", "rawResponse"]
    case .aimode: ["html", "markdown"] + (newer ? ["expandProducts", "googleGoto"] : [])
    case .google: ["html", "aioverview", "paaAioverview"] + (newer ? ["googleGoto"] : [])
    case .googleNews: ["html"]
    }
  }
}
