import Simulation

/// What a test has requested: a fault, or a stub.
protocol RuleDefinition: Sendable, Hashable {
  /// The prefix of such rules' identifiers.
  static var name: String { get }

  var match: RuleMatch { get }
  /// The text that the journal adds to the identifier.
  var title: String { get }
  /// How often it takes effect; nil for always.
  var times: Int? { get }
  /// The probability with which it takes effect, 0…1.
  var probability: Double { get }
  /// What it does one after the other; nil when it always does the same.
  var sequence: AnswerSequence? { get }
}

extension RuleDefinition {
  var sequence: AnswerSequence? { nil }
}

/// Whom a rule's sequence is counted for.
struct RuleCaller: Sendable {
  /// The API key's text; empty when there is none.
  let key: String
  /// On the double's clock.
  let now: Timestamp
}

/// A rule that is set, with its counts.
struct CountedRule<Definition: RuleDefinition>: Sendable {
  /// The position among all rules: a fixture's rules come before added ones.
  struct Order: Sendable, Comparable {
    let isAdded: Bool
    /// The position in the fixture, or among all rules ever added to any rule set.
    let number: UInt64

    static func < (left: Order, right: Order) -> Bool {
      left.isAdded == right.isAdded ? left.number < right.number : right.isAdded
    }
  }

  /// Identifies the rule among all rules that are set.
  let id: String
  private let shared: Shared
  fileprivate(set) var order: Order
  /// The rule's number within its list, so that rules added or removed elsewhere don't change this
  /// rule's draws.
  let ordinal: UInt64
  /// How often it still takes effect; nil for always.
  fileprivate(set) var timesLeft: Int?
  /// How many requests or tasks have matched.
  fileprivate(set) var seen = 0
  /// How often it has taken effect.
  fileprivate(set) var struck = 0
  /// Which of its sequence took effect the last time, from 0.
  fileprivate(set) var step = 0
  /// How many of its sequence each key has had.
  fileprivate var turns: [String: Int] = [:]
  /// When its sequence began, if the clock drives it.
  fileprivate var begun: Timestamp?

  fileprivate init(
    id: String, definition: Definition, order: Order, ordinal: UInt64, timesLeft: Int?
  ) {
    self.id = id
    shared = Shared(definition)
    self.order = order
    self.ordinal = ordinal
    self.timesLeft = timesLeft
  }

  /// What was requested.
  var definition: Definition { shared.definition }

  /// The definition behind a reference: it has some hundred bytes, and a request makes room for a
  /// rule even when there is none.
  private final class Shared: Sendable {
    let definition: Definition
    init(_ definition: Definition) { self.definition = definition }
  }

  /// The rule as the journal mentions it, e.g. `fault-3 (latency)`.
  var mention: String {
    guard let sequence = definition.sequence else { return "\(id) (\(definition.title))" }
    return "\(id) (\(definition.title), \(step + 1) of \(sequence.answers.count))"
  }

  /// Moves the beginning of what the clock drives, when a snapshot brings back an earlier state.
  ///
  /// - Parameter nanoseconds: The time since the snapshot.
  fileprivate mutating func resume(after nanoseconds: Int64) {
    begun = begun?.advanced(by: nanoseconds)
  }

  /// Takes the next one of the sequence, or the one of this time.
  private mutating func advance(_ caller: RuleCaller) {
    guard let sequence = definition.sequence else { return }
    if let every = sequence.every {
      let start = begun ?? caller.now
      begun = start
      step = sequence.step(after: caller.now.nanoseconds - start.nanoseconds, every: every)
    } else {
      let turn = turns[caller.key, default: 0]
      step = min(turn, sequence.answers.count - 1)
      turns[caller.key] = step + 1
    }
  }

  /// Counts a match.
  ///
  /// - Returns: Whether the rule takes effect.
  fileprivate mutating func strikes(seed: UInt64, _ caller: RuleCaller) -> Bool {
    seen += 1
    guard definition.match.nth.map({ $0 == seen }) ?? true, timesLeft != 0, isDrawn(seed) else {
      return false
    }
    timesLeft = timesLeft.map { $0 - 1 }
    struck += 1
    advance(caller)
    return true
  }

  private func isDrawn(_ seed: UInt64) -> Bool {
    guard definition.probability < 1 else { return true }
    var hash = StableHash(seed: seed)
    hash.combine(Definition.name)
    hash.combine(ordinal)
    return Double(hash.value >> 11) / 9_007_199_254_740_992 < definition.probability
  }
}

extension CountedRule {
  /// What a rule has counted so far.
  struct Counts: Sendable {
    var timesLeft: Int?
    var seen = 0
    var struck = 0
    var step = 0
    var turns: [String: Int] = [:]
    var begun: Timestamp?
  }

  var counts: Counts {
    Counts(
      timesLeft: timesLeft, seen: seen, struck: struck, step: step, turns: turns, begun: begun)
  }

  /// Whether it is the same rule as another, whatever both have counted.
  func isSameRule(as other: Self) -> Bool {
    shared === other.shared && order == other.order && ordinal == other.ordinal
      && id.hasSameBytes(as: other.id)
  }

  /// The same rule with other counts.
  func counted(_ counts: Counts) -> Self {
    var rule = self
    rule.timesLeft = counts.timesLeft
    rule.seen = counts.seen
    rule.struck = counts.struck
    rule.step = counts.step
    rule.turns = counts.turns
    rule.begun = counts.begun
    return rule
  }

  /// A rule as it was before.
  init(id: String, _ definition: Definition, _ order: Order, ordinal: UInt64, _ counts: Counts) {
    self.init(
      id: id, definition: definition, order: order, ordinal: ordinal, timesLeft: counts.timesLeft)
    seen = counts.seen
    struck = counts.struck
    step = counts.step
    turns = counts.turns
    begun = counts.begun
  }

  /// A rule that stands in no list, and strikes whatever it is taken for.
  init(unlisted id: String, _ definition: Definition) {
    self.init(
      id: id, definition: definition, order: Order(isAdded: true, number: 0), ordinal: 0,
      timesLeft: nil)
  }
}

/// The rules of one kind of one owner, which is an organization or all of them, in their order. A
/// pure value, so that a snapshot stores it with its counts.
struct RuleList<Definition: RuleDefinition>: Sendable {
  private(set) var rules: [CountedRule<Definition>] = []
  /// The fixture's rules.
  private(set) var given: [Definition] = []
  /// The number that the last rule was given.
  private(set) var last: UInt64 = 0
  private let organization: String?

  /// - Parameter organization: The owner, which is part of the rules' identifiers; nil for the
  ///   rules of all organizations.
  init(of organization: String?) {
    self.organization = organization
  }

  /// A list as it was before.
  init(
    of organization: String?, _ rules: [CountedRule<Definition>], given: [Definition],
    last: UInt64
  ) {
    self.organization = organization
    self.rules = rules
    self.given = given
    self.last = last
  }

  /// Adds a rule.
  ///
  /// - Parameter number: Its position among all rules ever added to any rule set.
  mutating func add(_ definition: Definition, number: UInt64) -> CountedRule<Definition> {
    let rule = make(definition, CountedRule.Order(isAdded: true, number: number))
    rules.append(rule)
    return rule
  }

  private mutating func make(
    _ definition: Definition, _ order: CountedRule<Definition>.Order
  ) -> CountedRule<Definition> {
    last += 1
    let owner = organization.map { "\($0)-" } ?? ""
    return CountedRule(
      id: "\(Definition.name)-\(owner)\(last)", definition: definition, order: order, ordinal: last,
      timesLeft: definition.times)
  }

  /// Replaces the fixture's rules, unless they are unchanged. Rules that the fixture still gives
  /// keep their counts, and added rules stay.
  mutating func follow(_ definitions: [Definition]) {
    guard definitions != given else { return }
    given = definitions
    var former = rules.filter { !$0.order.isAdded }
    rules.removeAll { !$0.order.isAdded }
    let loaded = definitions.enumerated().map { index, definition in
      let order = CountedRule<Definition>.Order(isAdded: false, number: UInt64(index))
      guard let same = former.firstIndex(where: { $0.definition == definition }) else {
        return make(definition, order)
      }
      var rule = former.remove(at: same)
      rule.order = order
      return rule
    }
    rules.insert(contentsOf: loaded, at: 0)
  }

  /// Removes one rule.
  ///
  /// - Returns: Whether it was there.
  mutating func remove(_ id: String) -> Bool {
    let before = rules.count
    rules.removeAll { $0.id == id }
    return rules.count < before
  }

  mutating func removeAll() { rules = [] }

  /// Moves the beginning of what the clock drives.
  ///
  /// - Parameter nanoseconds: The time since the snapshot that brings these rules back.
  mutating func resume(after nanoseconds: Int64) {
    for index in rules.indices { rules[index].resume(after: nanoseconds) }
  }

  /// Counts a match of a rule.
  ///
  /// - Returns: The rule with its new counts, if it takes effect; nil if it doesn't or is gone.
  mutating func strike(
    ordinal: UInt64, seed: UInt64, _ caller: RuleCaller
  ) -> CountedRule<Definition>? {
    guard let index = rules.firstIndex(where: { $0.ordinal == ordinal }),
      rules[index].strikes(seed: seed, caller)
    else { return nil }
    return rules[index]
  }
}
