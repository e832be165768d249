import Logging
import Synchronization

/// All rules of one owner, which is an organization or all of them. May be used from any thread.
/// Usually there are none, and then reading takes no lock.
final class RuleSet: Sendable {
  /// The rules with their counts, as a value for snapshots.
  struct Lists: Sendable {
    var faults: RuleList<Fault>
    var stubs: RuleList<Stub>

    /// The rules as a snapshot brings them back, so many nanoseconds later: the sequences that the
    /// clock drives go on where they were.
    func resumed(after nanoseconds: Int64) -> Lists {
      var lists = self
      lists.stubs.resume(after: nanoseconds)
      return lists
    }

    /// The highest position among all rules ever added.
    fileprivate var lastAdded: UInt64 {
      max(
        faults.rules.filter(\.order.isAdded).map(\.order.number).max() ?? 0,
        stubs.rules.filter(\.order.isAdded).map(\.order.number).max() ?? 0)
    }

    fileprivate var contents: Contents {
      var contents: Contents = []
      if !faults.rules.isEmpty { contents.insert(.faults) }
      if !stubs.rules.isEmpty { contents.insert(.stubs) }
      return contents
    }
  }

  /// The kinds of rules.
  fileprivate struct Contents: OptionSet, Sendable {
    let rawValue: UInt8

    static let faults = Contents(rawValue: 1)
    static let stubs = Contents(rawValue: 2)
  }

  /// One of the two lists.
  typealias Kind<Definition: RuleDefinition> = WritableKeyPath<Lists, RuleList<Definition>>
    & Sendable

  /// The number of rules ever added to any rule set, so that rules of different sets are ordered
  /// too.
  private static let added = Atomic<UInt64>(0)

  private let state: Mutex<Lists>
  /// Which rules exist, readable without the lock.
  private let published: Atomic<UInt8>
  /// Told of searches that took too long; nil in an organization's set, whose rules are searched by
  /// the set that applies to all.
  private let logger: Logger?

  /// The rules that apply to all organizations.
  ///
  /// - Parameter logger: Told of searches that took too long. A request's are in the journal as
  ///   well; those of tasks and webhooks are here alone.
  convenience init(logger: Logger? = nil) {
    self.init(Lists(faults: RuleList(of: nil), stubs: RuleList(of: nil)), logger)
  }

  /// An organization's rules, starting with those of its plan's fixture.
  convenience init(of organization: String, faults: [Fault], stubs: [Stub]) {
    var lists = Lists(faults: RuleList(of: organization), stubs: RuleList(of: organization))
    lists.faults.follow(faults)
    lists.stubs.follow(stubs)
    self.init(lists)
  }

  private init(_ lists: Lists, _ logger: Logger? = nil) {
    self.logger = logger
    published = Atomic(lists.contents.rawValue)
    state = Mutex(lists)
  }

  fileprivate var contents: Contents { Contents(rawValue: published.load(ordering: .acquiring)) }

  /// All rules with their counts. Setting them restores an earlier state; rules that are added
  /// later come after them, even if another process has made them.
  var lists: Lists {
    get { state.withLock { $0 } }
    set {
      Self.added.max(newValue.lastAdded, ordering: .relaxed)
      change { $0 = newValue }
    }
  }

  /// Changes the rules atomically.
  @discardableResult
  func change<Result: Sendable>(_ body: (inout Lists) -> Result) -> Result {
    state.withLock { lists in
      defer { published.store(lists.contents.rawValue, ordering: .releasing) }
      return body(&lists)
    }
  }

  /// Takes over a plan's rules: the fixture's earlier rules are replaced if they have changed, and
  /// added rules stay.
  func follow(faults: [Fault], stubs: [Stub]) {
    change { lists in
      lists.faults.follow(faults)
      lists.stubs.follow(stubs)
    }
  }

  /// Adds a rule to one of the lists.
  func add<Definition>(_ rule: Definition, to kind: Kind<Definition>) -> CountedRule<Definition> {
    let number = Self.added.add(1, ordering: .relaxed).newValue
    return change { $0[keyPath: kind].add(rule, number: number) }
  }

  func removeAll() {
    change { lists in
      lists.faults.removeAll()
      lists.stubs.removeAll()
    }
  }
}

// MARK: Striking

extension RuleSet {
  /// Whether any rule may apply to a request, of this set, which applies to all, or of its
  /// organization's own. Usually there is none, and then no ``RuleSubject`` need be made.
  ///
  /// - Parameter own: The rules of the key's organization.
  func mayConcern(_ own: RuleSet) -> Bool { !contents.union(own.contents).isEmpty }

  /// Applies the first matching fault, of the key's organization or of this set, which applies to
  /// all, and counts its strike.
  ///
  /// - Parameters:
  ///   - point: The point that the request or task has reached; nil allows all kinds that `applies`
  ///     accepts.
  ///   - applies: Which kinds can strike here. By default all kinds of the point can.
  /// - Returns: The fault that struck, with its identifier.
  func strike(
    _ subject: RuleSubject, at point: FaultKind.Point? = nil,
    where applies: (FaultKind.Effect) -> Bool = { _ in true }
  ) -> CountedRule<Fault>? {
    strike(\.faults, .faults, subject, newestFirst: false) { fault in
      (point == nil || fault.fault.point == point) && applies(fault.kind)
    }
  }

  /// Takes the stub that answers a question, of the key's organization or of this set, which
  /// applies to all, and counts its use. The stub that was added last takes precedence.
  ///
  /// - Returns: The stub with its identifier; nil when the provider answers.
  func stub(for subject: RuleSubject) -> CountedRule<Stub>? {
    strike(\.stubs, .stubs, subject, newestFirst: true) { _ in true }
  }

  /// Finds the rule that takes effect on a subject, and counts it.
  ///
  /// - Parameters:
  ///   - newestFirst: Whether later rules come before earlier ones.
  ///   - applies: Which rules can take effect here.
  private func strike<Definition>(
    _ kind: Kind<Definition>, _ content: Contents, _ subject: RuleSubject, newestFirst: Bool,
    where applies: (Definition) -> Bool
  ) -> CountedRule<Definition>? {
    let own = subject.ownRules
    guard contents.contains(content) || own?.contents.contains(content) == true else { return nil }
    var rules = [own, self].compactMap { $0 }.flatMap { set in
      set.lists[keyPath: kind].rules.map { (set: set, rule: $0) }
    }
    rules.sort { newestFirst ? $1.rule.order < $0.rule.order : $0.rule.order < $1.rule.order }
    // Texts are searched without the lock; only counting needs it.
    var steps = 0
    for (set, rule) in rules where applies(rule.definition) {
      guard steps <= RuleLimit.steps else {
        // Each of them takes a tenth of a second, so there can't be many lines.
        if !subject.limit.isExceeded {
          logger?.warning(
            "\(RuleLimit.mention)",
            metadata: ["path": "\(subject.path)", "task": "\(subject.task ?? "none")"])
        }
        subject.limit.exceed()
        return nil
      }
      guard rule.definition.match.concerns(subject, steps: &steps) else { continue }
      let struck = set.state.withLock { lists in
        lists[keyPath: kind].strike(
          ordinal: rule.ordinal, seed: subject.seed,
          RuleCaller(key: subject.key ?? "", now: subject.now))
      }
      if let struck { return struck }
    }
    return nil
  }
}
