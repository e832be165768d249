import Ledger
import Simulation
import Synchronization

/// A customer: a balance, slots, tasks and settings, shared by its keys.
final class Organization: Sendable {
  /// What changes together, under one lock.
  struct State: Sendable {
    var settings: OrganizationSettings
    /// Shared by running requests and processing tasks.
    var slots = ConcurrencySlots()
    var tasks = TaskBoard()
    /// The timer of its billing cycle.
    var cycle: MockClock.TimerHandle?
    /// The ends of tasks that are put off while a snapshot is taken, for they change both the
    /// ledger and the board. nil at all other times.
    var deferredEnds: Waiters<Void, Void>?
  }

  let account: Account
  /// When it was created, on the double's clock: the start of its billing cycles.
  let createdAt: Timestamp
  /// The journal's entries of it that had to make room for newer ones.
  let journalDropped = Atomic<Int64>(0)
  /// The faults and stubs of its plan's fixture, and those that name one of its keys.
  let rules: RuleSet
  private let state: Mutex<State>

  init(account: Account, createdAt: Timestamp, settings: OrganizationSettings) {
    self.account = account
    self.createdAt = createdAt
    rules = RuleSet(of: account.name, faults: settings.plan.faults, stubs: settings.plan.stubs)
    state = Mutex(State(settings: settings))
  }

  var name: String { account.name }

  /// Reads or changes the state as one step.
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

  /// How many holders of slots a refusal names.
  static let namedHolders = 10

  /// What becomes of a request that wants a slot.
  enum SlotDecision: Sendable {
    case admitted(ConcurrencySlots.Usage, ConcurrencySlots.Slot)
    /// Carries who holds the slots.
    case refused(ConcurrencySlots.Usage, ConcurrencySlots.Holders)
  }

  /// Takes a slot for one request. The limit is the one that holds now, whatever held when the
  /// request arrived.
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

  /// The slots in use at the moment.
  var usage: ConcurrencySlots.Usage {
    withState { $0.slots.usage(limit: $0.settings.plan.concurrency) }
  }
}
