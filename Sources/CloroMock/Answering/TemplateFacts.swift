import CloroContract

/// The facts about a request that the conditions of result templates test, as a set of bits.
struct TemplateFacts: OptionSet, Sendable, Hashable {
  let rawValue: UInt32

  static let july = TemplateFacts(rawValue: 1 << 16)
  static let october = TemplateFacts(rawValue: 1 << 17)
  static let desktop = TemplateFacts(rawValue: 1 << 18)
  static let mobile = TemplateFacts(rawValue: 1 << 19)
  static let legacy = TemplateFacts(rawValue: 1 << 20)
  static let disableWebSearch = TemplateFacts(rawValue: 1 << 21)

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The facts about a request; the lower sixteen bits are its `include`.
  init(_ request: MonitorRequest, _ revision: ContractRevision) {
    var facts = TemplateFacts(rawValue: UInt32(request.include.rawValue))
    facts.insert(revision == .july2026 ? .july : .october)
    facts.insert(request.device.isMobile ? .mobile : .desktop)
    if request.legacy { facts.insert(.legacy) }
    if request.disableWebSearch { facts.insert(.disableWebSearch) }
    self = facts
  }

  private static let named: [String: TemplateFacts] = [
    "2026-07": .july, "2026-10": .october, "desktop": .desktop, "mobile": .mobile,
    "legacy": .legacy, "disableWebSearch": .disableWebSearch,
  ]

  /// The fact with that name in a condition, or nil.
  init?(word: String) {
    if let fact = Self.named[word] {
      self = fact
    } else if word.hasPrefix("include."),
      let entry = Include.named.first(where: { $0.name == word.dropFirst(8) })
    {
      self.init(rawValue: UInt32(entry.flag.rawValue))
    } else {
      return nil
    }
  }
}

/// Facts that must hold and facts that must not.
struct TemplateCondition: Sendable, Equatable {
  var required: TemplateFacts = []
  var forbidden: TemplateFacts = []

  /// Reads words joined by `&`, each negated by a leading `!`.
  init?(_ text: some StringProtocol) {
    for word in text.split(separator: "&", omittingEmptySubsequences: false) {
      let isNegated = word.hasPrefix("!")
      guard let fact = TemplateFacts(word: String(isNegated ? word.dropFirst() : word)) else {
        return nil
      }
      if isNegated { forbidden.formUnion(fact) } else { required.formUnion(fact) }
    }
  }

  func holds(for facts: TemplateFacts) -> Bool {
    facts.isSuperset(of: required) && facts.isDisjoint(with: forbidden)
  }
}
