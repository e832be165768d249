import Ledger
import Simulation
import Synchronization

/// A customer: a balance, slots, tasks and settings, shared by its keys.
final class Organization: Sendable {
  /// What changes together, under one lock.
  struct State: Sendable {
    var settings: OrganizationSettings
    /// Slots, shared by running requests and tasks.
    var slots = ConcurrencySlots()
    var tasks = TaskBoard()
    /// The tasks that come on the board once the ledger's file has them.
    var submitted = SubmittedTasks()
    /// Counted only where answers are to differ each time, or where a weather is set.
    var asked = AskedQuestions()
    /// Counted only where recordings answer.
    var turns = KeptTurns()
    /// What the present cycle has brought, when that is more than the plan's credits.
    var allocation: CycleAllocation?
    /// The timer of its billing cycle.
    var cycle: MockClock.TimerHandle?
    /// The ends of tasks that are postponed while a snapshot is taken, because they change both the
    /// ledger and the board. nil at all other times.
    var deferredEnds: Waiters<Void, Void>?
    /// Whether it was removed, reset or restored, so that tasks that still come don't stay.
    var isRetired = false

    /// How many tasks wait, those included that the ledger's file hasn't got yet.
    var queuedCount: Int { tasks.queuedCount + submitted.count }

    /// Whether `count` more tasks fit.
    func hasRoom(for count: Int, limit: Int) -> Bool {
      tasks.hasRoom(for: submitted.count + count, limit: limit)
    }

    /// Whether a task that isn't finished, or a finished one in memory, has an idempotency key.
    func isBound(idempotencyKey key: String) -> Bool {
      tasks.isBound(idempotencyKey: key) || submitted.isBound(idempotencyKey: key)
    }

    /// Whether no other task than this one has an idempotency key.
    func canFree(idempotencyKey key: String, of id: Identifier) -> Bool {
      !submitted.isBound(idempotencyKey: key)
        && (tasks.id(ofIdempotencyKey: Array(key.utf8)) ?? id) == id
    }

    /// Puts the tasks of a snapshot or a file in the place of all others. They go on when they are
    /// resumed; running ones get their slots back, even if the plan now has fewer.
    mutating func restore(_ board: TaskBoard) {
      tasks = board
      tasks.updateUnfinished { task in
        task.timer = nil
        let id = task.id
        certain { () throws(ImpossibleEvent) in
          try task.life.restored { slots.acquireUnlimited(for: .task(id)) }
        }
      }
    }
  }

  let account: Account
  /// When it was created, on the double's clock; its billing cycles start then.
  let createdAt: Timestamp
  /// How many requests exist that have taken a slot, for the double's check of itself.
  let callsWithSlots = Atomic<Int>(0)
  /// How many of its finished tasks were dropped before their day was over.
  let tasksDropped = Atomic<Int64>(0)
  /// Whether the ledger's file may have finished tasks, or deliveries that are over, that memory
  /// hasn't.
  let hasFiledTasks = Atomic<Bool>(false)
  /// How many of its entries the journal has dropped for newer ones.
  let journalDropped = Atomic<Int64>(0)
  /// How many of those were refusals.
  let journalDroppedRefusals = Atomic<Int64>(0)
  /// What its requests have taken.
  let tally: TallyBook
  /// Watches how its client asks.
  let watch: ClientWatch
  /// The faults and stubs of its plan's fixture, and those that name one of its keys.
  let rules: RuleSet
  private let state: Mutex<State>
  /// Notes what a database is to keep; nil without one.
  let mark: ChangeMark?
  /// Reads what it keeps; nil without one.
  let keeper: StateKeeper?
  private let countedKeys = Mutex(CountedKeys())

  /// The keys whose counts are to be written.
  private struct CountedKeys: Sendable {
    var changed: [APIKey] = []
    /// Those of the last call of ``takeChanges()``.
    var taken: [APIKey] = []
    /// Whether the organization is gone. Its keys hold it, so it must not hold them.
    var isRetired = false
  }

  /// - Parameters:
  ///   - keeper: Keeps what changes in a database; nil, the default, without one.
  ///   - isStored: Whether it is in the database already. The default is false.
  init(
    account: Account, createdAt: Timestamp, settings: OrganizationSettings,
    keeper: StateKeeper? = nil, isStored: Bool = false
  ) {
    self.account = account
    self.createdAt = createdAt
    self.keeper = keeper
    let mark = keeper.map { ChangeMark($0) }
    self.mark = mark
    var counted: (@Sendable () -> Void)?
    if let mark { counted = { mark.set() } }
    var earlier: (@Sendable () -> Tallies?)?
    if isStored, let keeper { earlier = { keeper.tallies(account) } }
    tally = TallyBook(earlier: earlier, counted: counted)
    watch = ClientWatch(tally)
    rules = RuleSet(
      of: account.name, faults: settings.plan.faults, stubs: settings.plan.stubs,
      counted: counted)
    state = Mutex(State(settings: settings))
    mark?.organization = self
    if let keeper, let mark {
      withState { state in
        state.asked.keep(with: keeper, of: account, mark, areThere: isStored)
        state.turns.keep(with: keeper, of: account, mark, areThere: isStored)
      }
    }
  }

  var name: String { account.name }

  /// Reads or changes the state atomically.
  @discardableResult
  func withState<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    state.withLock { body(&$0) }
  }

  var settings: OrganizationSettings {
    get { withState { $0.settings } }
    set {
      withState { $0.settings = newValue }
      rules.follow(faults: newValue.plan.faults, stubs: newValue.plan.stubs)
    }
  }

  /// The most holders of slots that a refusal names one by one; of more it names the oldest.
  static let namedHolders = 3

  /// The decision on a request that needs a slot.
  enum SlotDecision: Sendable {
    case admitted(ConcurrencySlots.Usage, ConcurrencySlots.Slot)
    /// Carries the slots' holders.
    case refused(ConcurrencySlots.Usage, ConcurrencySlots.Holders)
  }

  /// Takes a slot for a request. The present limit applies, not the one at the request's arrival.
  func acquireSlot(for request: Identifier) -> SlotDecision {
    withState { state in
      let limit = state.settings.plan.concurrency
      return switch state.slots.acquire(limit: limit, for: .request(request)) {
      case .admitted(let usage, let slot): .admitted(usage, slot)
      case .refused(let usage):
        .refused(usage, state.slots.holders(atMost: Self.namedHolders))
      }
    }
  }

  /// The most slots taken and the most tasks waiting at a time.
  var peak: Tallies.Peak {
    withState { Tallies.Peak(concurrency: $0.slots.peak, queued: $0.tasks.peak) }
  }

  /// The slots in use at the moment.
  var usage: ConcurrencySlots.Usage {
    withState { $0.slots.usage(limit: $0.settings.plan.concurrency) }
  }
}

// MARK: What a database keeps

extension Organization {
  /// Notes that a key has counted a request.
  func noteRequest(of key: APIKey) {
    countedKeys.withLock { if !$0.isRetired { $0.changed.append(key) } }
    mark?.set()
  }

  /// It is gone: what its keys count from now on isn't written.
  func retire() { countedKeys.withLock { $0 = CountedKeys(isRetired: true) } }

  /// What has changed since the last call.
  func takeChanges() -> [Ledger.Document] {
    let keys = countedKeys.withLock { keys in
      keys.taken = keys.changed
      keys.changed = []
      return keys.taken
    }
    var documents = rules.takeChanges().map { Ledger.Document(of: self, .rules, $0) }
    documents += keys.map { Ledger.Document(of: self, .requests, $0.takeCount()) }
    documents += takeCounts()
    if let tallies = tally.takeChanges(peak: peak) {
      let text = StoredText(id: "", body: tallies.stored.encoded)
      documents.append(Ledger.Document(of: self, .tally, text))
    }
    return documents
  }

  /// What has changed of the counts of questions.
  private func takeCounts() -> [Ledger.Document] {
    let (asked, turns) = withState { ($0.asked.takeChanges(), $0.turns.takeChanges()) }
    return asked.map { Ledger.Document(of: self, .asked, $0) }
      + turns.map { Ledger.Document(of: self, .turns, $0) }
  }

  /// What the last call of ``takeChanges()`` has returned couldn't be written.
  func putBack() {
    rules.putBack()
    withState { state in
      state.asked.putBack()
      state.turns.putBack()
    }
    tally.putBack()
    for key in countedKeys.withLock({ $0.taken }) { key.putBack() }
  }

  /// All that a database keeps of it, for one that has nothing yet.
  ///
  /// - Parameter keys: Its keys.
  func documents(_ keys: [APIKey]) -> [Ledger.Document] {
    rules.noteStored()
    return rules.lists.texts.map { Ledger.Document(of: self, .rules, $0) }
      + keys.map { Ledger.Document(of: self, .requests, $0.takeCount()) }
      + takeCounts()
  }
}

/// The timers by which finished tasks expire.
extension Organization: MockClock.TimerOwner {
  static var timers: MockClock.Kind { .expiry }

  func timerFired(_ id: Identifier) { withState { $0.tasks.remove(id) } }
}
