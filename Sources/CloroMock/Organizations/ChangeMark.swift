import Synchronization

/// Notes that something of an organization has changed which a database is to keep, and that it is
/// written with the next commit. May be used from any thread.
final class ChangeMark: Sendable {
  private struct Owner: Sendable {
    weak var organization: Organization?
  }

  private let keeper: StateKeeper
  private let owner = Mutex(Owner())
  private let isSet = Atomic<Bool>(false)

  init(_ keeper: StateKeeper) { self.keeper = keeper }

  /// Whose mark it is; nil when it is gone.
  var organization: Organization? {
    get { owner.withLock { $0.organization } }
    set { owner.withLock { $0.organization = newValue } }
  }

  /// Notes a change. Only the first one since the last commit takes a lock.
  func set() {
    guard !isSet.load(ordering: .relaxed), !isSet.exchange(true, ordering: .acquiringAndReleasing)
    else { return }
    keeper.note(self)
  }

  /// Forgets the changes so far, before what has changed is looked at.
  func clear() { isSet.store(false, ordering: .sequentiallyConsistent) }
}
