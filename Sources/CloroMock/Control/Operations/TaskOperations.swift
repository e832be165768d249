import JSON
import Ledger
import Platform
import Simulation

/// Asynchronous tasks, controlled by hand.
struct TaskOperations: Sendable {
  let engine: TaskEngine
  let organizations: OrganizationDirectory

  /// A task with its organization, both as they are at the moment.
  struct Found: Sendable {
    let organization: Organization
    let task: TaskRecord
  }

  /// A result given by hand.
  struct Completion: Sendable {
    /// An object; nil takes the provider's result.
    var result: JSON?

    static let members: [ObjectMember<Completion>] = [
      .value(
        "result", \.result, expected: "an object", from: { $0 }, json: { $0 },
        where: { $0.object != nil })
    ]
  }

  /// An error given by hand.
  struct Failure: Sendable {
    /// nil means `INTERNAL_SERVER_ERROR`.
    var code: String?
    /// nil means `Task failed after max retries`.
    var message: String?

    static let members: [ObjectMember<Failure>] = [
      .text("code", \.code), .text("message", \.message),
    ]
  }

  /// Which tasks to list.
  struct Selection: Sendable {
    /// Narrows them to this key's organization; nil takes all.
    var key: APIKey?
    /// Only those in this status; nil takes all.
    var status: TaskStatus?
    /// The number of the last task already seen; nil takes all.
    var since: Int?
    /// The most tasks; nil for no limit.
    var limit: Int?
  }

  /// Consecutive tasks in the order of submission.
  ///
  /// - Returns: The tasks, and how many finished ones were dropped before their day was over.
  func list(
    _ selection: Selection
  ) throws(ControlError) -> (tasks: [Found], dropped: Int64) {
    try ControlError.requireWhole("since", selection.since)
    try ControlError.requireWhole("limit", selection.limit)
    let owner = selection.key?.organization
    var tasks = inMemory(selection)
    let (filed, end) = try self.filed(selection)
    if !filed.isEmpty {
      let known = Set(tasks.map(\.task.id))
      tasks += filed.filter { !known.contains($0.task.id) }
    }
    if owner == nil || !filed.isEmpty { tasks.sort { $0.task.number < $1.task.number } }
    // What lies behind the last one that was read may be incomplete, so the next page has it.
    if let end { tasks.removeAll { $0.task.number > end } }
    let dropped = owner?.tasksDropped.load(ordering: .relaxed) ?? engine.droppedTasks
    return (Array(tasks.prefix(selection.limit ?? .max)), dropped)
  }

  /// All tasks in memory, those of one organization in the order of submission.
  func inMemory(_ selection: Selection) -> [Found] {
    let since = UInt64(selection.since ?? 0)
    return (selection.key.map { [$0.organization] } ?? organizations.all).flatMap { organization in
      organization.withState { $0.tasks }.all.filter { task in
        task.number > since && (selection.status == nil || task.status == selection.status)
      }.map { Found(organization: organization, task: $0) }
    }
  }

  /// The most finished tasks that are read from the ledger's file at a time.
  private static let page = 1000

  /// The first of the finished tasks that the ledger's file has of earlier runs, or instead of
  /// memory.
  ///
  /// - Returns: The tasks, and the number behind which there may be more that weren't read.
  func filed(_ selection: Selection) throws(ControlError) -> (tasks: [Found], end: UInt64?) {
    guard engine.file.isKept, selection.status?.isFinal ?? true else { return ([], nil) }
    let page = try ControlError.reading { () throws(LedgerError) in
      try engine.file.page(
        of: selection.key.map { [$0.organization] } ?? organizations.all,
        after: UInt64(selection.since ?? 0),
        most: max(1, min(selection.limit ?? Self.page, Self.page)), at: engine.clock.now
      ) { selection.status == nil || $0.status == selection.status }
    }
    return (page.items.map { Found(organization: $0.organization, task: $0.item) }, page.end)
  }

  /// A task by its identifier.
  func find(_ text: String) throws(ControlError) -> Found {
    guard let id = Identifier(text: text) else { throw Self.unknown(text) }
    let all = organizations.all
    for organization in all {
      if let task = organization.withState({ $0.tasks[id] }) {
        return Found(organization: organization, task: task)
      }
    }
    let now = engine.clock.now
    for organization in all where organization.hasFiledTasks.load(ordering: .acquiring) {
      let task = try ControlError.reading { () throws(LedgerError) in
        try engine.file.finished(id: id.text, of: organization.account, at: now)
      }
      if let task { return Found(organization: organization, task: task) }
    }
    throw Self.unknown(text)
  }

  private static func unknown(_ text: String) -> ControlError {
    .notFound("There is no task \(ShownText.value(text)).")
  }

  /// Completes an unfinished task, whatever its status: it is charged and reported.
  func complete(_ found: Found, _ completion: Completion) throws(ControlError) -> Found {
    try ControlError.check { Completion.members.check(completion, at: $0, into: Completion()) }
    let recorded = Latch()
    let isUnfinished = engine.complete(
      found.task.id, found.organization, given: completion.result?.asJavaScriptReads.encoded
    ) { recorded.open() }
    guard isUnfinished else { throw .conflict("The task is finished already.") }
    recorded.wait()
    return try find(found.task.id.text)
  }

  /// Fails a task: it is not charged, but reported.
  func fail(_ found: Found, _ failure: Failure) throws(ControlError) -> Found {
    let recorded = Latch()
    let isUnfinished = engine.fail(
      found.task.id, code: failure.code ?? "INTERNAL_SERVER_ERROR",
      message: failure.message ?? "Task failed after max retries", found.organization
    ) { recorded.open() }
    guard isUnfinished else { throw .conflict("The task is finished already.") }
    recorded.wait()
    return try find(found.task.id.text)
  }

  /// Releases a held task: its latency begins.
  func release(_ found: Found) throws(ControlError) -> Found {
    guard !found.task.life.isUpstream else {
      throw .conflict("The task is not held: it waits for the answer of the real service.")
    }
    guard engine.release(found.task.id, found.organization) else {
      throw .conflict("The task is not held: it is \(found.task.status.rawValue).")
    }
    return try find(found.task.id.text)
  }
}
