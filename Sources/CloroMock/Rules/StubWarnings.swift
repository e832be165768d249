import CloroContract
import JSON

extension Stub {
  /// What no longer fits together in the stub's answer: citation pills whose source isn't at their
  /// position, and brands that can't be told apart. Such an answer is sent all the same, for a
  /// client may have to be tested with it.
  var warnings: [String] {
    results.flatMap { path, result in warnings(of: result).map { path + $0 } }
  }

  private func warnings(of result: Result) -> [String] {
    switch result {
    case .branded(let scene): scene.warnings
    case .recorded: []
    case .merged(let members):
      Self.danglingPills(
        of: members, at: "result", replacing: match.provider.map(Self.hasPills) ?? true)
        + Self.danglingPills(
          ofOverview: members, replacing: match.provider.map { $0 == .google } ?? true)
    case .replaced(let members):
      Self.danglingPills(of: members, at: "result", replacing: false)
        + Self.danglingPills(ofOverview: members, replacing: false)
    }
  }

  /// Whether pills stand beside the sources in a provider's own result.
  private static func hasPills(_ provider: Provider) -> Bool {
    switch provider {
    case .chatgpt, .gemini, .copilot, .perplexity, .aimode: true
    case .grok, .google, .googleNews: false
    }
  }

  private static func danglingPills(
    ofOverview members: JSONObject, replacing replaces: Bool
  ) -> [String] {
    guard let overview = members["aioverview"]?.object else { return [] }
    return danglingPills(of: overview, at: "result.aioverview", replacing: replaces)
  }

  /// - Parameter replaces: Whether the members are laid over others, among which are pills.
  private static func danglingPills(
    of members: JSONObject, at path: String, replacing replaces: Bool
  ) -> [String] {
    let sources = members["sources"]?.array
    guard let pills = members["citationPills"] else {
      guard replaces, sources != nil else { return [] }
      return [
        """
        \(path).sources: the provider's own citationPills still point at its own sources; give \
        citationPills too, or null to leave them out
        """
      ]
    }
    // Pills that are laid over others beside the provider's own sources may be right.
    guard let sources = sources ?? (replaces ? nil : []) else { return [] }
    for (index, pill) in (pills.array ?? []).enumerated() {
      guard let position = pill["position"]?.integer else { continue }
      let place = "\(path).citationPills[\(index)]"
      guard position >= 1, position <= sources.count else {
        return ["\(place).position: there is no source \(position) of \(sources.count)"]
      }
      if let url = pill["url"], url != sources[Int(position) - 1]["url"] {
        return ["\(place).url: source \(position) has another one"]
      }
    }
    return []
  }
}
