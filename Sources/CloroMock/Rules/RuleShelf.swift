import Synchronization

/// Holds the rules of one kind for many threads. None at all, the usual case, costs no lock.
final class RuleShelf<Definition: RuleDefinition>: Sendable {
  private let state: Mutex<RuleList<Definition>>
  private let emptiness: Atomic<Bool>

  init(of organization: String?, following given: [Definition] = []) {
    var list = RuleList<Definition>(of: organization)
    list.follow(given)
    emptiness = Atomic(list.rules.isEmpty)
    state = Mutex(list)
  }

  var isEmpty: Bool { emptiness.load(ordering: .acquiring) }

  /// All rules with their counts: for lists and snapshots.
  var list: RuleList<Definition> {
    get { state.withLock { $0 } }
    set { change { $0 = newValue } }
  }

  /// Changes the rules as one step.
  @discardableResult
  func change<Result: Sendable>(_ body: (inout RuleList<Definition>) -> Result) -> Result {
    state.withLock { list in
      defer { emptiness.store(list.rules.isEmpty, ordering: .releasing) }
      return body(&list)
    }
  }

  /// Finds the rule of several shelves that takes effect on a subject; it counts.
  ///
  /// - Parameters:
  ///   - newestFirst: Whether later rules come before earlier ones.
  ///   - applies: Which rules can take effect at this point.
  static func strike(
    _ subject: RuleSubject, _ own: RuleShelf?, _ shared: RuleShelf, newestFirst: Bool,
    where applies: (Definition) -> Bool
  ) -> ActiveRule<Definition>? {
    let shelves = [own, shared].compactMap { shelf in shelf.flatMap { $0.isEmpty ? nil : $0 } }
    guard !shelves.isEmpty else { return nil }
    var rules = shelves.flatMap { shelf in shelf.list.rules.map { (shelf: shelf, rule: $0) } }
    rules.sort { newestFirst ? $1.rule.order < $0.rule.order : $0.rule.order < $1.rule.order }
    // Texts are searched without the lock; only the count needs it.
    for (shelf, rule) in rules
    where applies(rule.definition) && rule.definition.match.concerns(subject) {
      let struck = shelf.state.withLock { list in
        list.strike(ordinal: rule.ordinal, seed: subject.seed)
      }
      if let struck { return struck }
    }
    return nil
  }
}
