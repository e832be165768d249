import Ledger
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

    /// Takes the next task if a slot is free for it.
    mutating func startNextTask(at now: Timestamp) -> TaskRecord? {
      guard slots.running < settings.plan.concurrency, let task = tasks.startNext(at: now) else {
        return nil
      }
      _ = slots.acquire(limit: settings.plan.concurrency)
      return task
    }
  }

  let account: Account
  /// When it was created, on the double's clock: the start of its billing cycles.
  let createdAt: Timestamp
  private let state: Mutex<State>

  init(account: Account, createdAt: Timestamp, settings: OrganizationSettings) {
    self.account = account
    self.createdAt = createdAt
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
    set { withState { $0.settings = newValue } }
  }

  /// Takes a slot for one request. The limit is the one that holds now, whatever held when the
  /// request arrived.
  func acquireSlot() -> ConcurrencySlots.Decision {
    withState { $0.slots.acquire(limit: $0.settings.plan.concurrency) }
  }

  /// The slots in use at the moment.
  var usage: ConcurrencySlots.Usage {
    withState { $0.slots.usage(limit: $0.settings.plan.concurrency) }
  }
}
