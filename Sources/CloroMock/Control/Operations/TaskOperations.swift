import JSON
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
    let since = UInt64(selection.since ?? 0)
    var tasks = (owner.map { [$0] } ?? organizations.all).flatMap { organization in
      organization.withState { $0.tasks.all }.filter { task in
        task.number > since && (selection.status == nil || task.status == selection.status)
      }.map { Found(organization: organization, task: $0) }
    }
    if owner == nil { tasks.sort { $0.task.number < $1.task.number } }
    let dropped = owner?.tasksDropped.load(ordering: .relaxed) ?? engine.droppedTasks
    return (Array(tasks.prefix(selection.limit ?? .max)), dropped)
  }

  /// A task by its identifier.
  func find(_ text: String) throws(ControlError) -> Found {
    if let id = Identifier(text: text) {
      for organization in organizations.all {
        if let task = organization.withState({ $0.tasks[id] }) {
          return Found(organization: organization, task: task)
        }
      }
    }
    throw .notFound("There is no task \(ShownText.value(text)).")
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
    let isUnfinished = engine.fail(
      found.task.id, code: failure.code ?? "INTERNAL_SERVER_ERROR",
      message: failure.message ?? "Task failed after max retries", found.organization)
    guard isUnfinished else { throw .conflict("The task is finished already.") }
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
