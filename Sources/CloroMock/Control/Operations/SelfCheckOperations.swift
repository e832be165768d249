/// The double's check of itself: whether memory agrees with the ledger, and with itself.
struct SelfCheckOperations: Sendable {
  let organizations: OrganizationDirectory

  /// What the check has found.
  struct Report: Sendable {
    /// What disagrees, one line each; nothing when all is well.
    var problems: [String] = []
    var organizations = 0
    var keys = 0
    /// Slots that requests hold, and that tasks hold.
    var slots = (requests: 0, tasks: 0)
    var tasks = TaskBoard.Census()
  }

  /// Checks everything. It may be called while requests run: what is compared is read together.
  func report() throws(ControlError) -> Report {
    var report = Report()
    report.problems = try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try organizations.comparison()
    }
    report.keys = organizations.keys.count
    for organization in organizations.all {
      report.organizations += 1
      let (census, slots, problems) = organization.withState { state in
        let census = state.tasks.census()
        let slots = state.slots.census
        return (census, slots, Self.problems(of: state, census, slots))
      }
      // Read after the slots, for a request ends after its slot is given back.
      let calls = organization.callsWithSlots.load(ordering: .acquiring)
      report.problems += problems.map { "organization \(organization.name): \($0)" }
      report.slots.requests += slots.requests
      report.slots.tasks += slots.tasks
      report.tasks.add(census)
      if slots.requests > 0, calls == 0 {
        report.problems.append(
          "organization \(organization.name): \(slots.requests) slots of requests that have ended")
      }
    }
    return report
  }

  private static func problems(
    of state: Organization.State, _ census: TaskBoard.Census, _ slots: ConcurrencySlots.Census
  ) -> [String] {
    var problems: [String] = []
    func compare(_ what: String, _ one: Int, _ other: Int) {
      if one != other { problems.append("\(what): \(one) counted, \(other) found") }
    }
    compare("queued tasks", state.tasks.queuedCount, census.queued)
    compare("processing tasks", state.tasks.processingCount, census.processing)
    compare("tasks that wait in the queue", census.waiting, census.reachable)
    compare("slots of tasks", slots.tasks, census.processing)
    return problems
  }
}
