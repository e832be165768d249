import Ledger
import Synchronization

/// A customer: a balance, slots and settings, shared by its keys.
final class Organization: Sendable {
  private struct State {
    var settings: OrganizationSettings
    var slots = ConcurrencySlots()
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

  var settings: OrganizationSettings {
    get { state.withLock { $0.settings } }
    set { state.withLock { $0.settings = newValue } }
  }

  /// Takes a slot for one request. The limit is the one that holds now, whatever held when the
  /// request arrived.
  func acquireSlot() -> ConcurrencySlots.Decision {
    state.withLock { $0.slots.acquire(limit: $0.settings.plan.concurrency) }
  }

  func releaseSlot() { state.withLock { $0.slots.release() } }

  /// The slots in use at the moment.
  var usage: ConcurrencySlots.Usage {
    state.withLock { $0.slots.usage(limit: $0.settings.plan.concurrency) }
  }
}
