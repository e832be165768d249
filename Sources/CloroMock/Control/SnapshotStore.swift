import JSON
import Ledger
import Simulation
import Synchronization

/// The content of a named snapshot.
struct NamedSnapshot: Sendable {
  let directory: DirectorySnapshot
  /// The webhook deliveries of each organization, by its name; oldest first.
  let deliveries: NameTable<[StoredDelivery]>
  /// How the clock ran.
  let clock: ClockMode
  /// What held where neither an organization nor its plan said anything.
  let defaults: OrganizationSettings.Defaults

  /// When it was taken.
  var at: Timestamp { directory.at }

  var organizations: [OrganizationSnapshot] { directory.organizations }

  /// How many keys, tasks and deliveries it holds.
  var items: Int {
    organizations.reduce(deliveries.all.reduce(0) { $0 + $1.count }) { sum, organization in
      sum + organization.keys.count + organization.tasks.count
    }
  }
}

/// Takes snapshots, stores them by name, and restores them.
final class SnapshotStore: Sendable {
  private let organizations: OrganizationDirectory
  private let tasks: TaskEngine
  private let webhooks: WebhookDispatcher
  /// The rules that apply to all organizations.
  private let rules: RuleSet
  private let kept: KeptLimits
  private let snapshots = Mutex(NameTable<NamedSnapshot>())

  init(
    organizations: OrganizationDirectory, tasks: TaskEngine, webhooks: WebhookDispatcher,
    rules: RuleSet, kept: KeptLimits
  ) {
    self.kept = kept
    self.organizations = organizations
    self.tasks = tasks
    self.webhooks = webhooks
    self.rules = rules
  }

  subscript(name: String) -> NamedSnapshot? { snapshots.withLock { $0[name] } }

  var names: [String] { snapshots.withLock { $0.names } }

  /// All snapshots with their names, sorted by these.
  var all: [(name: String, snapshot: NamedSnapshot)] {
    snapshots.withLock { snapshots in snapshots.names.map { ($0, snapshots[$0]!) } }
  }

  /// Takes a snapshot of all organizations, or of one, and stores it. It replaces an earlier
  /// snapshot of that name.
  func take(
    _ name: String, of organization: Organization?
  ) throws(OrganizationDirectory.Refusal) -> NamedSnapshot {
    try check(0, of: name)
    let (directory, deliveries) = try organizations.snapshot(
      of: organization, rules: rules, file: tasks.file, most: kept.snapshotItems
    ) { organizations throws(LedgerError) in
      var deliveries = NameTable<[StoredDelivery]>()
      // Of more there is no room.
      let room = kept.snapshotItems + 1
      for organization in organizations {
        let filed = try webhooks.filed(of: [organization], after: 0, most: room).deliveries
        deliveries[organization.name] = webhooks.deliveries(of: organization, joinedBy: filed)
          .compactMap(StoredDelivery.init)
      }
      return deliveries
    }
    let snapshot = NamedSnapshot(
      directory: directory, deliveries: deliveries, clock: organizations.clock.mode,
      defaults: organizations.defaults)
    try store(snapshot, as: name)
    return snapshot
  }

  /// Stores a snapshot. It replaces an earlier one of that name.
  func store(_ snapshot: NamedSnapshot, as name: String) throws(OrganizationDirectory.Refusal) {
    try check(snapshot.items, of: name)
    snapshots.withLock { $0[name] = snapshot }
  }

  /// Refuses a snapshot for which there is no room.
  ///
  /// - Parameter items: How many keys, tasks and deliveries it holds.
  private func check(_ items: Int, of name: String) throws(OrganizationDirectory.Refusal) {
    let (count, others) = snapshots.withLock { snapshots in
      // One that is replaced makes room for its successor.
      let others = snapshots.names.filter { !$0.hasSameBytes(as: name) }
      return (others.count, others.reduce(0) { $0 + (snapshots[$1]?.items ?? 0) })
    }
    guard count < kept.snapshots else {
      throw .limit(ReachedLimit(name: "snapshots", number: kept.snapshots))
    }
    guard others + items <= kept.snapshotItems else {
      throw .limit(ReachedLimit(name: "snapshot-items", number: kept.snapshotItems))
    }
  }

  /// Reads a document.
  func read(_ document: SnapshotDocument) throws(SnapshotDocument.Invalid) -> NamedSnapshot {
    try NamedSnapshot(
      document, plans: organizations.plans, defaults: organizations.defaults)
  }

  func remove(_ name: String) { snapshots.withLock { $0[name] = nil } }

  /// Restores a snapshot.
  ///
  /// - Parameter name: The one organization; nil for all.
  func restore(
    _ snapshot: NamedSnapshot, only name: String?
  ) throws(OrganizationDirectory.Refusal) {
    var deliveries = NameTable<[StoredDelivery]>()
    try organizations.restore(snapshot.directory, only: name, rules: rules) { saved, account in
      let numbered = webhooks.numbered(snapshot.deliveries[saved.name] ?? [])
      deliveries[saved.name] = numbered
      return tasks.documents(of: saved.tasks, account, savedAt: snapshot.at)
        + webhooks.documents(of: numbered, account)
    } resume: { saved, organization in
      tasks.resume(organization, savedAt: snapshot.at)
      webhooks.resume(deliveries[saved.name] ?? [], of: organization, savedAt: snapshot.at)
    }
  }
}
