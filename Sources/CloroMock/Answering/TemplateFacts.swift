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
  static let documented = TemplateFacts(rawValue: 1 << 22)
  static let live = TemplateFacts(rawValue: 1 << 23)
  static let full = TemplateFacts(rawValue: 1 << 24)
  static let typical = TemplateFacts(rawValue: 1 << 25)
  static let sparse = TemplateFacts(rawValue: 1 << 26)

  /// How often things are there that aren't always there.
  static let variety: TemplateFacts = [.full, .typical, .sparse]

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The facts about a request and the style of its answer; the lower sixteen bits are its
  /// `include`.
  init(_ input: ResultRenderer.Input) {
    // The request isn't copied, because that would count references to each of its texts.
    let question = input.question
    var facts = TemplateFacts(rawValue: UInt32(question.request.include.rawValue))
    facts.insert(input.revision == .july2026 ? .july : .october)
    facts.insert(question.request.device.isMobile ? .mobile : .desktop)
    facts.insert(input.style.shapes == .live ? .live : .documented)
    switch input.style.variety {
    case .full: facts.insert(.full)
    case .typical: facts.insert(.typical)
    case .sparse: facts.insert(.sparse)
    }
    if question.request.legacy { facts.insert(.legacy) }
    if question.request.disableWebSearch { facts.insert(.disableWebSearch) }
    self = facts
  }

  private static let named: [String: TemplateFacts] = [
    "2026-07": .july, "2026-10": .october, "desktop": .desktop, "mobile": .mobile,
    "legacy": .legacy, "disableWebSearch": .disableWebSearch, "documented": .documented,
    "live": .live, "full": .full, "typical": .typical, "sparse": .sparse,
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

/// Facts that must hold, facts that must not, and how often the rest is there.
struct TemplateCondition: Sendable, Equatable {
  /// How often something is there: always in a full answer, never in a sparse one.
  struct Frequency: Sendable, Equatable {
    /// Of a hundred typical answers.
    let percent: UInt64
    /// The place of its draw.
    let draw: UInt64
    /// Whether the condition holds where it is not there.
    let isNegated: Bool
  }

  var required: TemplateFacts = []
  var forbidden: TemplateFacts = []
  var frequency: Frequency?

  /// Reads words joined by `&`, each negated by a leading `!`: facts, and at most one frequency
  /// such as `30%` or `30%name`.
  ///
  /// - Parameter draw: The place of a frequency's draw. Those with the same name share one.
  init?(_ text: some StringProtocol, draw: (_ name: String) -> UInt64) {
    for word in text.split(separator: "&", omittingEmptySubsequences: false) {
      let isNegated = word.hasPrefix("!")
      let word = String(isNegated ? word.dropFirst() : word)
      if let end = word.firstIndex(of: "%") {
        guard frequency == nil, let percent = UInt64(word[..<end]), 1...99 ~= percent else {
          return nil
        }
        let name = String(word[end...].dropFirst())
        frequency = Frequency(percent: percent, draw: draw(name), isNegated: isNegated)
        continue
      }
      guard let fact = TemplateFacts(word: word) else { return nil }
      if isNegated { forbidden.formUnion(fact) } else { required.formUnion(fact) }
    }
  }

  /// Whether the facts are as required. What is left is the frequency.
  func holds(for facts: TemplateFacts) -> Bool {
    facts.isSuperset(of: required) && facts.isDisjoint(with: forbidden)
  }
}
