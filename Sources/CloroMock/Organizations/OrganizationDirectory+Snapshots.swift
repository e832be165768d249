import Dispatch
import Ledger
import Simulation

extension OrganizationDirectory {
  /// Takes a snapshot of all organizations, or of one.
  ///
  /// Tasks that are being charged come to their end before, and others wait until it is taken: in
  /// the snapshot a task is finished if, and only if, it is charged. Requests under way are not in
  /// it.
  ///
  /// - Parameters:
  ///   - rules: Those that hold for all organizations.
  ///   - collect: Collects what else is kept of the organizations, while no task comes to its end.
  func snapshot<More: Sendable>(
    of organization: Organization?, rules: RuleSet, with collect: ([Organization]) -> More
  ) throws(Refusal) -> (DirectorySnapshot, More) {
    try administer { () throws(Refusal) in
      let organizations = organization.map { [$0] } ?? self.all
      for organization in organizations { organization.quiesceTasks() }
      defer { for organization in organizations { organization.resumeTasks() } }
      let accounts = try withLedger { (ledger) throws(LedgerError) in
        try ledger.snapshot(of: organizations.map(\.account))
      }
      let snapshot = DirectorySnapshot(
        at: clock.now,
        organizations: zip(organizations, accounts).map { organization, account in
          let (tasks, settings) = organization.withState { ($0.tasks, $0.settings) }
          return OrganizationSnapshot(
            account: account, createdAt: organization.createdAt, overrides: settings.overrides,
            keys: keys(of: organization).map(\.snapshot), tasks: tasks,
            rules: organization.rules.lists)
        },
        common: organization == nil
          ? DirectorySnapshot.Common(rules: rules.lists, minted: minted, keys: keys.map(\.text))
          : nil)
      return (snapshot, collect(organizations))
    }
  }

  /// Brings back what a snapshot holds: everything, so that other organizations go, or one
  /// organization, so that others stay.
  ///
  /// What still runs for an organization ends as if the organization had been removed.
  ///
  /// - Parameters:
  ///   - name: The one organization; nil for all.
  ///   - restored: Brings tasks and webhooks of an organization back.
  func restore(
    _ snapshot: DirectorySnapshot, only name: String?, rules: RuleSet,
    restored: (OrganizationSnapshot, Organization) -> Void
  ) throws(Refusal) {
    try administer { () throws(Refusal) in
      let wanted = snapshot.organizations.filter { name == nil || $0.name == name }
      try withLedger { (ledger) throws(LedgerError) in
        // Keys that were minted since may stand in the way of those that come back.
        let kept = Set(wanted.map(\.name))
        let texts = Set(wanted.flatMap { $0.keys.map(\.text) })
        let removesOthers = snapshot.common != nil && name == nil
        for key in keys where !kept.contains(key.organization.name) {
          if removesOthers || texts.contains(key.text) { try drop(key) }
        }
        let accounts = try ledger.restore(wanted.map(\.account))
        for (snapshot, account) in zip(wanted, accounts) {
          restored(snapshot, replace(snapshot, account))
        }
      }
      if name == nil, let common = snapshot.common {
        rules.lists = common.rules
        minted = common.minted
        order(common.keys)
      }
    }
  }

  /// Puts an organization in the place of the one of its name, if there is one.
  private func replace(_ snapshot: OrganizationSnapshot, _ account: Account) -> Organization {
    let fresh = Organization(
      account: account, createdAt: snapshot.createdAt, settings: resolve(snapshot.overrides))
    fresh.rules.lists = snapshot.rules
    let keys = snapshot.keys.map { APIKey($0, organization: fresh) }
    fresh.withState { state in
      state.tasks = snapshot.tasks
      state.tasks.updateAll { task in
        task.timer = nil
        certain { () throws(ImpossibleEvent) in
          // Those that were running hold their slots again, whatever the plan gives by now.
          try task.life.restored { state.slots.acquireUnlimited(for: .task(task.id)) }
        }
      }
    }
    let old = put(fresh, keys)
    if let old { events.retired(old) }
    events.created(fresh)
    return fresh
  }
}

extension Organization {
  /// Waits until the tasks that are being charged have come to their end, and puts off the ends of
  /// others until ``resumeTasks()``.
  func quiesceTasks() {
    let ends = DispatchGroup()
    withState { state in
      state.deferredEnds = Waiters()
      state.tasks.updateAll { task in
        if task.life.waitForEnd({ ends.leave() }) { ends.enter() }
      }
    }
    ends.wait()
  }

  /// Lets the ends go on that were put off.
  func resumeTasks() {
    let deferred = withState { state in
      defer { state.deferredEnds = nil }
      return state.deferredEnds?.takeAll() ?? []
    }
    for end in deferred { end.resume() }
  }
}
