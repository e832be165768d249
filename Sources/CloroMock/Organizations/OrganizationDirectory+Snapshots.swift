import Dispatch
import JSON
import Ledger
import Simulation

extension OrganizationDirectory {
  /// Takes a snapshot of all organizations, or of one.
  ///
  /// Tasks that are being charged end before the snapshot is taken, and the ends of others wait
  /// until it has been taken, so that in the snapshot a task is finished if and only if it is
  /// charged. Requests under way are not part of it.
  ///
  /// - Parameters:
  ///   - rules: The rules that apply to all organizations.
  ///   - file: Has finished tasks that memory hasn't.
  ///   - most: For how many tasks there is room: of more not all need be in the snapshot.
  ///   - collect: Collects other state of the organizations, while no task ends.
  func snapshot<More: Sendable>(
    of organization: Organization?, rules: RuleSet, file: TaskFile, most: Int,
    with collect: ([Organization]) throws(LedgerError) -> More
  ) throws(Refusal) -> (DirectorySnapshot, More) {
    try administer { () throws(Refusal) in
      let organizations = organization.map { [$0] } ?? self.all
      for organization in organizations { organization.quiesceTasks() }
      defer { for organization in organizations { organization.resumeTasks() } }
      let accounts = try withLedger { (ledger) throws(LedgerError) in
        try ledger.snapshot(of: organizations.map(\.account))
      }
      let now = clock.now
      var room = most + 1
      let filed = try withLedger { (_) throws(LedgerError) in
        try organizations.map { organization throws(LedgerError) -> [TaskRecord] in
          guard organization.hasFiledTasks.load(ordering: .acquiring), room > 0 else { return [] }
          let tasks = try file.all(of: organization.account, most: room, at: now)
          room -= tasks.count
          return tasks
        }
      }
      let snapshot = DirectorySnapshot(
        at: now,
        organizations: zip(organizations, zip(accounts, filed)).map { organization, stored in
          let (account, filed) = stored
          let (tasks, asked, turns, settings, allocation) = organization.withState { state in
            state.asked.readAll()
            return (
              state.tasks, state.asked.apart, state.turns.all(), state.settings, state.allocation
            )
          }
          return OrganizationSnapshot(
            account: account, createdAt: organization.createdAt, overrides: settings.overrides,
            allocation: allocation,
            keys: keys(of: organization).map(\.snapshot), tasks: tasks.joined(by: filed),
            asked: asked, turns: turns, rules: organization.rules.lists)
        },
        common: organization == nil
          ? DirectorySnapshot.Common(
            rules: rules.lists, minted: present.minted, keys: keys.map(\.text))
          : nil)
      let more = try withLedger { (_) throws(LedgerError) in try collect(organizations) }
      return (snapshot, more)
    }
  }

  /// Restores a snapshot: either everything, which removes other organizations, or one
  /// organization, which leaves the others as they are.
  ///
  /// Requests and tasks that still run for an organization end as if it had been removed.
  ///
  /// - Parameters:
  ///   - name: The one organization; nil for all.
  ///   - filing: What the ledger's file is to have of an organization's tasks and webhooks.
  ///   - resume: Restores the tasks and webhooks of an organization.
  func restore(
    _ snapshot: DirectorySnapshot, only name: String?, rules: RuleSet,
    filing: (OrganizationSnapshot, Account) -> [Ledger.Document],
    resume: (OrganizationSnapshot, Organization) -> Void
  ) throws(Refusal) {
    try administer { () throws(Refusal) in
      let wanted = snapshot.organizations.filter {
        name == nil || $0.name.hasSameBytes(as: name!)
      }
      // Keys minted since the snapshot may have the texts of keys that are restored.
      let kept = Set(wanted.map { ByteText($0.name) })
      let texts = Set(wanted.flatMap { $0.keys.map { ByteText($0.text) } })
      let common = name == nil ? snapshot.common : nil
      let shared = common?.rules.resumed(after: passed(since: snapshot))
      func change(_ documents: [Ledger.Document]) throws(LedgerError) -> [Organization] {
        try draft(
          restoring: wanted.map(\.account),
          before: { (draft) throws(LedgerError) in
            for key in draft.state.keys.all
            where !kept.contains(ByteText(key.organization.name)) {
              if common != nil || texts.contains(ByteText(key.text)) { try draft.remove(key) }
            }
          }
        ) { (draft, accounts) throws(LedgerError) in
          let organizations = try zip(wanted, accounts).map { one, account throws(LedgerError) in
            try draft.changes.write(filing(one, account))
            let organization = restored(one, account, after: passed(since: snapshot))
            let now = clock.now
            let keys = one.keys.map { APIKey($0, organization: organization, at: now) }
            draft.put(organization, keys)
            return (organization, keys)
          }
          if keeper != nil {
            for (organization, keys) in organizations {
              try draft.changes.write(organization.documents(keys))
            }
            try draft.changes.write(documents)
          }
          if let common {
            draft.state.minted = common.minted
            draft.state.keys.sort(common.keys)
          }
          return organizations.map(\.0)
        }
      }
      let organizations: [Organization]
      if let shared {
        organizations = try replacing(rules, by: shared, change)
        rules.lists = shared
      } else {
        organizations = try withLedger { (_) throws(LedgerError) in try change([]) }
      }
      for (snapshot, organization) in zip(wanted, organizations) { resume(snapshot, organization) }
    }
  }

  /// The time since a snapshot, in nanoseconds.
  private func passed(since snapshot: DirectorySnapshot) -> Int64 {
    clock.now.nanoseconds - snapshot.at.nanoseconds
  }

  /// An organization as it was, with the handle that the ledger has now given it.
  ///
  /// - Parameter passed: The time since the snapshot, in nanoseconds.
  private func restored(
    _ snapshot: OrganizationSnapshot, _ account: Account, after passed: Int64
  ) -> Organization {
    let fresh = Organization(
      account: account, createdAt: snapshot.createdAt,
      settings: resolve(snapshot.overrides, in: plans), keeper: keeper)
    fresh.rules.lists = snapshot.rules.resumed(after: passed)
    fresh.withState { state in
      state.allocation = snapshot.allocation
      state.restore(snapshot.tasks)
      (state.asked, state.turns) = (snapshot.asked, KeptTurns(snapshot.turns))
      if let keeper, let mark = fresh.mark {
        state.asked.keep(with: keeper, of: account, mark, areThere: false)
        state.turns.keep(with: keeper, of: account, mark, areThere: false)
      }
    }
    return fresh
  }
}

extension Organization {
  /// Waits until the tasks that are being charged have ended, and postpones the ends of others
  /// until ``resumeTasks()``.
  func quiesceTasks() {
    let ends = DispatchGroup()
    withState { state in
      state.deferredEnds = Waiters()
      state.tasks.updateUnfinished { task in
        if task.life.waitForEnd({ ends.leave() }) { ends.enter() }
      }
    }
    ends.wait()
  }

  /// Lets the postponed ends go on.
  func resumeTasks() {
    let deferred = withState { state in
      defer { state.deferredEnds = nil }
      return state.deferredEnds?.takeAll() ?? []
    }
    for end in deferred { end.resume() }
  }
}
