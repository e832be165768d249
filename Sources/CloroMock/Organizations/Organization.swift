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
    /// Counted only where answers are to differ each time, or where a weather is set.
    var asked = AskedQuestions()
    /// Counted only where recordings answer.
    var turns = Replay.Turns()
    /// What the present cycle has brought, when that is more than the plan's credits.
    var allocation: CycleAllocation?
    /// The timer of its billing cycle.
    var cycle: MockClock.TimerHandle?
    /// The ends of tasks that are postponed while a snapshot is taken, because they change both the
    /// ledger and the board. nil at all other times.
    var deferredEnds: Waiters<Void, Void>?
  }

  let account: Account
  /// When it was created, on the double's clock; its billing cycles start then.
  let createdAt: Timestamp
  /// How many requests exist that have taken a slot, for the double's check of itself.
  let callsWithSlots = Atomic<Int>(0)
  /// How many of its finished tasks were dropped before their day was over.
  let tasksDropped = Atomic<Int64>(0)
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

  init(account: Account, createdAt: Timestamp, settings: OrganizationSettings) {
    self.account = account
    self.createdAt = createdAt
    tally = TallyBook()
    watch = ClientWatch(tally)
    rules = RuleSet(of: account.name, faults: settings.plan.faults, stubs: settings.plan.stubs)
    state = Mutex(State(settings: settings))
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

/// The timers by which finished tasks expire.
extension Organization: MockClock.TimerOwner {
  static var timers: MockClock.Kind { .expiry }

  func timerFired(_ id: Identifier) { withState { $0.tasks.remove(id) } }
}
