import CloroContract
import JSON

/// What the values of a result must be to each other, beyond its members and their types. Pure: a
/// result in, what it shows of the rules out.
///
/// Only what is there is judged. A member that is missing, new or of another type is told by the
/// result's shape, and nothing is said of it here a second time.
struct DriftResultRules {
  /// What an answer shows of a rule.
  struct Observation: Sendable, Hashable {
    let rule: String
    /// What doesn't hold; nil when the rule holds.
    let broken: Broken?

    struct Broken: Sendable, Hashable {
      /// The member, below the result.
      let path: String
      let expected: String
      let found: JSON
    }
  }

  private let result: JSON
  private let request: MonitorRequest
  private let isJuly: Bool
  private var observations: [Observation] = []

  /// What a result shows.
  ///
  /// - Parameter question: What was asked, word for word.
  static func observations(
    of result: JSON, to request: MonitorRequest, question: String, in revision: ContractRevision
  ) -> [Observation] {
    var rules = DriftResultRules(
      result: result, request: request, isJuly: revision == .july2026)
    rules.observeSources()
    rules.observeHTML()
    switch request.provider {
    case .google, .googleNews: rules.observeSearch()
    case .chatgpt: rules.observeChatGPT()
    case .aimode: rules.observeAIMode()
    case .perplexity: rules.observeQueries(question)
    case .copilot: rules.see("results.copilot-queries", if: result["searchQueries"] != nil)
    case .gemini, .grok: break
    }
    return rules.observations
  }

  private init(result: JSON, request: MonitorRequest, isJuly: Bool) {
    self.result = result
    self.request = request
    self.isJuly = isJuly
  }

  // MARK: Noting

  /// Notes a rule that the shape has judged already.
  private mutating func see(_ rule: String, if isThere: Bool) {
    if isThere { observations.append(Observation(rule: rule, broken: nil)) }
  }

  private mutating func judge(
    _ rule: String, _ holds: Bool, at path: String, expected: String, found: JSON
  ) {
    observations.append(
      Observation(
        rule: rule,
        broken: holds
          ? nil : Observation.Broken(path: path, expected: expected, found: found)))
  }

  /// An array's elements; nil when it isn't there or empty.
  private func elements(_ name: String, in object: JSON? = nil) -> [JSON]? {
    let found = (object ?? result)[name]?.array
    return found?.isEmpty == false ? found : nil
  }

  /// A whole number of each element; nil unless each has one.
  private static func numbers(_ name: String, of elements: [JSON]) -> [Int64]? {
    let numbers = elements.compactMap { $0[name]?.integer }
    return numbers.count == elements.count ? numbers : nil
  }

  private static func list(_ numbers: [Int64]) -> JSON {
    .string(numbers.map(String.init).joined(separator: ", "))
  }

  // MARK: Sources and pages

  private mutating func observeSources() {
    let isOverview = request.provider == .google
    let holder = isOverview ? result["aioverview"] ?? .null : result
    let prefix = isOverview ? "aioverview." : ""
    let sources = elements("sources", in: holder) ?? []
    if let positions = Self.numbers("position", of: sources), !positions.isEmpty {
      judge(
        "results.positions", positions == (1...Int64(positions.count)).map { $0 },
        at: prefix + "sources[].position", expected: "from 1 to \(positions.count)",
        found: Self.list(positions))
    }
    guard let pills = elements("citationPills", in: holder) else { return }
    see("results.no-pill-description", if: true)
    for pill in pills {
      guard let position = pill["position"]?.integer, let address = pill["url"]?.string else {
        continue
      }
      let index = Int(clamping: position) &- 1
      let source: JSON? = sources.indices.contains(index) ? .some(sources[index]) : .none
      // Without an address a source says nothing of what points at it.
      guard !sources.isEmpty, source.map({ $0["url"]?.string != nil }) ?? true else { continue }
      judge(
        "results.positions", source?["url"]?.string == address,
        at: prefix + "citationPills[].position", expected: "that of the source with its address",
        found: JSON(position))
    }
    guard let least = Self.numbers("citationPillId", of: pills)?.min() else { return }
    let base: Int64 = request.provider == .chatgpt ? 0 : 1
    judge(
      "results.pill-base", least == base, at: prefix + "citationPills[].citationPillId",
      expected: "from \(base)", found: JSON(least))
  }

  private mutating func observeHTML() {
    guard request.include.contains(.html), let html = result["html"] else { return }
    let rule = isJuly ? "results.html-gemini-inline" : "results.html-links"
    func isLink(_ text: String) -> Bool { text.hasPrefix("https://") || text.hasPrefix("http://") }
    switch (request.provider, html) {
    case (.google, .array(let links)), (.googleNews, .array(let links)):
      let texts = links.compactMap(\.string)
      judge(
        rule, texts.count == request.pages && texts.allSatisfy(isLink), at: "html",
        expected: "a link for each of \(request.pages) pages", found: JSON(texts.count))
    // Documented it is the page itself; recorded ones had a link.
    case (.gemini, _) where isJuly: see(rule, if: html.string != nil)
    case (.google, _), (.googleNews, _): break
    case (_, .string(let text)):
      judge(
        rule, isLink(text), at: "html", expected: "a link", found: .string(String(text.prefix(60))))
    default: break
    }
  }

  // MARK: Providers

  private mutating func observeSearch() {
    let name = request.provider == .google ? "organicResults" : "newsResults"
    if let rows = elements(name), let positions = Self.numbers("position", of: rows),
      let pages = Self.numbers("page", of: rows)
    {
      judge(
        "results.pages", zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 },
        at: "\(name)[].position", expected: "rising", found: Self.list(positions))
      judge(
        "results.pages",
        pages == pages.sorted() && pages.allSatisfy { 1...Int64(request.pages) ~= $0 },
        at: "\(name)[].page", expected: "from 1 to \(request.pages)", found: Self.list(pages))
    }
    guard request.provider == .google else { return }
    if let overview = result["aioverview"] {
      judge(
        "results.overview-absent", overview != .null, at: "aioverview",
        expected: "absent where there is none", found: overview == .null ? .null : "object")
      see("results.overview", if: overview.object != nil)
    }
    see("results.question-overviews", if: elements("peopleAlsoAsk") != nil)
    see("results.desktop-places", if: elements("localResults") != nil)
    see(
      isJuly ? "results.product-link" : "results.promo-label", if: elements("shoppingCards") != nil)
    observePrices()
  }

  private mutating func observeChatGPT() {
    see("results.shopping", if: true)
    switch result["model"] {
    case .string(let model) where isJuly:
      judge(
        "results.model-named", model.hasPrefix("gpt-"), at: "model", expected: "like gpt-5-6",
        found: .string(model))
    case .null: see(isJuly ? "results.model-named" : "results.model-null", if: true)
    default: break
    }
  }

  private mutating func observeAIMode() {
    if let cards = elements("shoppingCards"), let positions = Self.numbers("position", of: cards) {
      let base: Int64 = isJuly ? 0 : 1
      judge(
        isJuly ? "results.card-base-0" : "results.card-base-1", positions.min() == base,
        at: "shoppingCards[].position", expected: "from \(base)", found: Self.list(positions))
    }
    if result["sources"]?.array?.isEmpty == true {
      judge(
        "results.aimode-pills", result["citationPills"] == nil, at: "citationPills",
        expected: "absent without sources", found: "array")
    }
    observePrices()
  }

  private mutating func observeQueries(_ question: String) {
    let queries = elements("search_model_queries") ?? []
    see(isJuly ? "results.names-july" : "results.names-october", if: !queries.isEmpty)
    for query in queries {
      guard let text = query.string ?? query["query"]?.string else { continue }
      judge(
        "results.prompt-as-query", text == question, at: "search_model_queries[]",
        expected: "the prompt", found: .string(text))
    }
  }

  /// Judges each object with a currency, but for AI Mode's inline products, which may lack a text.
  private mutating func observePrices() {
    guard !isJuly, case .object(let members) = result else { return }
    for member in members.members {
      if request.provider == .aimode, member.name == "inlineProducts" { continue }
      observePrices(member.value, at: member.name)
    }
  }

  private mutating func observePrices(_ value: JSON, at path: String) {
    switch value {
    case .object(let object):
      if object["currency"] != nil {
        judge(
          "results.prices", !object.members.contains { $0.value == .null }, at: path,
          expected: "no null", found: "null")
      }
      for member in object.members {
        observePrices(member.value, at: ResultShape.path(path, member.name))
      }
    case .array(let elements): for element in elements { observePrices(element, at: path + "[]") }
    default: break
    }
  }
}
