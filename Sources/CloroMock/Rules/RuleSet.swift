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

  private struct State: Sendable {
    var lists: Lists
    /// The rules whose counts have changed since they were stored.
    var changed: Set<RuleName> = []
    /// Those of the last call of ``takeChanges()``.
    var taken: Set<RuleName> = []
    /// Whether the rules are stored. Those of a fixture aren't before one has counted.
    var areStored = false
    /// Whether nothing is to be stored at the moment, because somebody is about to replace it.
    var isSuspended = false
  }

  /// The number of rules ever added to any rule set, so that rules of different sets are ordered
  /// too.
  private static let added = Atomic<UInt64>(0)

  private let state: Mutex<State>
  /// Held while what is stored is replaced, so that changes of several threads are stored one after
  /// the other, as they are made.
  private let storing = Mutex(())
  /// Which rules exist, readable without the lock.
  private let published: Atomic<UInt8>
  /// Told of searches that took too long; nil in an organization's set, whose rules are searched by
  /// the set that applies to all.
  private let logger: Logger?

  /// Told that counts have changed which are to be stored; nil when nothing is.
  private let counted: (@Sendable () -> Void)?

  /// The rules that apply to all organizations.
  ///
  /// - Parameters:
  ///   - logger: Told of searches that took too long. A request's are in the journal as well; those
  ///     of tasks and webhooks are here alone.
  ///   - isStored: Whether what changes is noted for a database. The default is false.
  convenience init(logger: Logger? = nil, isStored: Bool = false) {
    var counted: (@Sendable () -> Void)?
    // Whoever stores these asks each time whether there is something new.
    if isStored { counted = {} }
    self.init(Lists(faults: RuleList(of: nil), stubs: RuleList(of: nil)), logger, counted)
  }

  /// An organization's rules, starting with those of its plan's fixture.
  ///
  /// - Parameter counted: Told that counts have changed; nil, the default, when nothing of it is
  ///   stored in a database.
  convenience init(
    of organization: String, faults: [Fault], stubs: [Stub],
    counted: (@Sendable () -> Void)? = nil
  ) {
    var lists = Lists(faults: RuleList(of: organization), stubs: RuleList(of: organization))
    lists.faults.follow(faults)
    lists.stubs.follow(stubs)
    self.init(lists, nil, counted)
  }

  private init(_ lists: Lists, _ logger: Logger?, _ counted: (@Sendable () -> Void)?) {
    self.logger = logger
    self.counted = counted
    published = Atomic(lists.contents.rawValue)
    state = Mutex(State(lists: lists))
  }

  fileprivate var contents: Contents { Contents(rawValue: published.load(ordering: .acquiring)) }

  /// All rules with their counts. Setting them restores an earlier state; rules that are added
  /// later come after them, even if another process has made them.
  var lists: Lists {
    get { state.withLock { $0.lists } }
    set {
      Self.added.max(newValue.lastAdded, ordering: .relaxed)
      change { $0 = newValue }
    }
  }

  /// Changes the rules atomically.
  @discardableResult
  func change<Result: Sendable>(_ body: (inout Lists) -> Result) -> Result {
    state.withLock { state in
      defer { published.store(state.lists.contents.rawValue, ordering: .releasing) }
      return body(&state.lists)
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
  ///
  /// - Parameter number: From ``nextNumber()``.
  @discardableResult
  func add<Definition>(
    _ rule: Definition, to kind: Kind<Definition>, number: UInt64 = nextNumber()
  ) -> CountedRule<Definition> {
    change { $0[keyPath: kind].add(rule, number: number) }
  }

  /// The position of the next rule among all rules ever added.
  static func nextNumber() -> UInt64 { added.add(1, ordering: .relaxed).newValue }

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
      let struck = set.state.withLock { state in
        if set.counted != nil { state.changed.insert(RuleName(Definition.name, rule.ordinal)) }
        return state.lists[keyPath: kind].strike(
          ordinal: rule.ordinal, seed: subject.seed,
          RuleCaller(key: subject.key ?? "", now: subject.now))
      }
      set.counted?()
      if let struck { return struck }
    }
    return nil
  }
}

// MARK: Storing

/// What identifies a rule within its set.
struct RuleName: Sendable, Hashable {
  /// `fault` or `stub`.
  let kind: String
  let ordinal: UInt64

  init(_ kind: String, _ ordinal: UInt64) {
    self.kind = kind
    self.ordinal = ordinal
  }
}

extension RuleSet {
  /// What has changed since the last call, as texts of a database.
  func takeChanges() -> [StoredText] {
    let (lists, names) = state.withLock { state -> (Lists, Set<RuleName>?) in
      guard !state.isSuspended, !state.changed.isEmpty else { return (state.lists, []) }
      swap(&state.taken, &state.changed)
      state.changed = []
      guard state.areStored else {
        state.areStored = true
        return (state.lists, nil)
      }
      return (state.lists, state.taken)
    }
    guard let names else { return lists.texts }
    return names.isEmpty ? [] : lists.texts(of: names)
  }

  /// What the last call of ``takeChanges()`` has returned couldn't be stored.
  func putBack() {
    state.withLock { state in
      state.changed.formUnion(state.taken)
      state.areStored = false
    }
    counted?()
  }

  /// Changes the rules once the change is stored.
  ///
  /// - Parameters:
  ///   - body: The change. It is tried on a copy before, so it must do the same when done again.
  ///   - texts: What of it is to be stored, if all else is already.
  ///   - store: Stores it; when it throws nothing changes.
  func change<Result: Sendable, Failure: Error>(
    _ body: (inout Lists) -> Result, texts: (Result, Lists) -> [StoredText],
    store: ([StoredText]) throws(Failure) -> Void
  ) throws(Failure) -> Result {
    try suspended { () throws(Failure) in
      var (lists, areStored) = state.withLock { ($0.lists, $0.areStored) }
      let result = body(&lists)
      try store(areStored ? texts(result, lists) : lists.texts)
      noteStored()
      return change(body)
    }
  }

  /// Notes that all rules are stored as they are.
  func noteStored() { state.withLock { $0.areStored = true } }

  /// Stores nothing of what is counted while `body` replaces what is stored. Others who replace
  /// something wait meanwhile, so `body` must not.
  func suspended<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try storing.withLock { _ throws(Failure) in
      state.withLock { $0.isSuspended = true }
      defer {
        let hasChanged = state.withLock { state in
          state.isSuspended = false
          return !state.changed.isEmpty
        }
        if hasChanged { counted?() }
      }
      return try body()
    }
  }

  /// Takes over rules of a database, and then those of the fixture as it is now.
  ///
  /// - Parameter organization: The owner; nil for the rules of all organizations.
  /// - Returns: The identifiers of texts that couldn't be read.
  func load(
    _ texts: [StoredText], of organization: String?, faults: [Fault] = [], stubs: [Stub] = []
  ) -> [String] {
    var unread: [String] = []
    var lists = Lists(
      faults: RuleList(of: organization, texts, &unread),
      stubs: RuleList(of: organization, texts, &unread))
    lists.faults.follow(faults)
    lists.stubs.follow(stubs)
    self.lists = lists
    noteStored()
    return unread
  }
}
