import Ledger

extension OrganizationDirectory {
  /// Takes a snapshot of all organizations, or of one.
  ///
  /// Tasks that are being charged come to their end before, and others wait until it is taken: in
  /// the snapshot a task is finished if, and only if, it is charged. Requests under way are not in
  /// it.
  ///
  /// - Parameters:
  ///   - rules: Those that hold for all organizations.
  ///   - deliveries: The webhooks of an organization.
  func snapshot(
    of organization: Organization?, rules: RuleSet,
    deliveries: (Organization) -> [WebhookDelivery]
  ) throws(Refusal) -> Snapshot {
    try administer { () throws(Refusal) in
      let organizations = organization.map { [$0] } ?? self.all
      for organization in organizations { organization.holdTasks() }
      defer { for organization in organizations { organization.letTasksGo() } }
      let accounts = try withLedger { (ledger) throws(LedgerError) in
        try ledger.snapshot(of: organizations.map(\.account))
      }
      return Snapshot(
        at: clock.now,
        organizations: zip(organizations, accounts).map { organization, account in
          let (tasks, settings) = organization.withState { ($0.tasks, $0.settings) }
          return OrganizationSnapshot(
            account: account, createdAt: organization.createdAt, overrides: settings.overrides,
            keys: keys(of: organization).map(\.snapshot), tasks: tasks,
            rules: organization.rules.lists, deliveries: deliveries(organization))
        },
        common: organization == nil
          ? Snapshot.Common(rules: rules.lists, minted: minted, keys: keys.map(\.text)) : nil)
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
    _ snapshot: Snapshot, only name: String?, rules: RuleSet,
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
    let byText = Dictionary(uniqueKeysWithValues: keys.map { ($0.text, $0) })
    fresh.withState { state in
      state.tasks = snapshot.tasks
      state.tasks.updateAll { task in
        task.key = byText[task.key.text] ?? APIKey(task.key.text, organization: fresh)
        (task.timer, task.slot) = (nil, nil)
        // An end that was on its way when the snapshot was taken comes again.
        (task.isFinishing, task.whenFinished) = (false, [])
        guard task.status == .processing else { return }
        // Those that were processing hold their slots again, whatever the plan gives by now.
        guard case .admitted(_, let slot) = state.slots.acquire(limit: .max, for: .task(task.id))
        else { return }
        task.slot = slot
      }
    }
    let old = put(fresh, keys)
    if let old { events.retired(old) }
    events.created(fresh)
    return fresh
  }
}

extension Organization {
  /// Lets tasks that are being charged come to their end, and holds up the ends of others.
  func holdTasks() {
    let finishing = withState { state -> [Event] in
      state.waitingForSnapshot = []
      var ends: [Event] = []
      state.tasks.updateAll { task in
        guard task.isFinishing else { return }
        let end = Event()
        task.whenFinished.append { end.signal() }
        ends.append(end)
      }
      return ends
    }
    for end in finishing { end.wait() }
  }

  /// Lets the ends go on that were held up.
  func letTasksGo() {
    let waiting = withState { state in
      defer { state.waitingForSnapshot = nil }
      return state.waitingForSnapshot ?? []
    }
    for end in waiting { end() }
  }
}
