import JSON
import Simulation

extension MockServer {
  /// An asynchronous task, at the moment of the call.
  public struct AsyncTask: Sendable, Hashable {
    /// The task's identifier, as its submission was answered.
    public let id: String
    /// Its number among all tasks, in the order of submission.
    public let number: Int
    /// The provider's `taskType` in the contract, e.g. `CHATGPT`.
    public let taskType: String
    /// How far it is.
    public let status: TaskStatus
    /// Tasks with a higher priority are picked up first.
    public let priority: Int
    /// When it was submitted, on the double's clock, to the millisecond.
    public let createdAt: Timestamp
    /// From the pick-up to the end, in milliseconds; nil before, and in contract 2026-07.
    public let latencyMs: Int?
    /// The key that it was submitted with; nil without one.
    public let idempotencyKey: String?
    /// The organization that it belongs to.
    public let organization: String
    /// The request that submitted it.
    public let requestID: String?
    /// The question.
    public let question: String
    /// Whether it is held until ``release(task:)``, ``complete(task:result:)`` or
    /// ``fail(task:code:message:)``.
    public let isHeld: Bool
    /// When it was first picked up; nil before.
    public let startedAt: Timestamp?
    /// When it goes on by itself: it ends, its attempt fails, or the next one is due. nil when it
    /// waits for a slot, for reads or for a release, or is over.
    public let dueAt: Timestamp?
    /// When it was completed or failed; nil before.
    public let endedAt: Timestamp?
    /// The price estimated at its submission.
    public let creditsToCharge: Int
    /// The price that was charged; nil until it is finished, 0 when it failed.
    public let creditsCharged: Int?
    /// The address to which its end is reported; nil for none.
    public let webhookURL: String?
  }

  /// Consecutive tasks in the order of submission (`GET /_mock/tasks`).
  ///
  /// - Parameters:
  ///   - key: Narrows it to that key's organization. The default is nil.
  ///   - status: Only those in this status. The default is nil.
  ///   - since: The ``AsyncTask/number`` of the last task already seen. The default is nil.
  ///   - limit: The most tasks. The default is nil, which has no limit.
  /// - Throws: ``ControlRefusal`` 400 for a number below 0, 404 when there is no such key.
  public func tasks(
    key: String? = nil, status: TaskStatus? = nil, since: Int? = nil, limit: Int? = nil
  ) async throws(ControlRefusal) -> [AsyncTask] {
    try await perform { control throws(ControlError) in
      try control.tasks.list(
        TaskOperations.Selection(
          key: try control.keys.narrowed(to: key), status: status, since: since, limit: limit)
      ).tasks.map(AsyncTask.init)
    }
  }

  /// Completes an unfinished task by hand, whatever its status (`POST /_mock/tasks/{id}/complete`).
  /// It is charged and reported.
  ///
  /// - Parameters:
  ///   - task: The task's identifier.
  ///   - result: Its result, an object; nil takes the provider's result, unless a fault or a stub
  ///     lets the task fail.
  /// - Throws: ``ControlRefusal`` 404 when there is no such task, 409 when it is finished already.
  @discardableResult
  public func complete(task: String, result: JSON? = nil) async throws(ControlRefusal) -> AsyncTask
  {
    try await perform { control throws(ControlError) in
      let completion = TaskOperations.Completion(result: result)
      return AsyncTask(try control.tasks.complete(control.tasks.find(task), completion))
    }
  }

  /// Fails a task by hand (`POST /_mock/tasks/{id}/fail`). It is not charged, but reported.
  ///
  /// - Parameters:
  ///   - task: The task's identifier.
  ///   - code: The default is `INTERNAL_SERVER_ERROR`.
  ///   - message: The default is `Task failed after max retries`.
  /// - Throws: ``ControlRefusal`` 404 when there is no such task, 409 when it is finished already.
  @discardableResult
  public func fail(
    task: String, code: String? = nil, message: String? = nil
  ) async throws(ControlRefusal) -> AsyncTask {
    try await perform { control throws(ControlError) in
      let failure = TaskOperations.Failure(code: code, message: message)
      return AsyncTask(try control.tasks.fail(control.tasks.find(task), failure))
    }
  }

  /// Releases a held task, whose latency then begins (`POST /_mock/tasks/{id}/release`).
  ///
  /// - Parameter task: The task's identifier.
  /// - Throws: ``ControlRefusal`` 404 when there is no such task, 409 when it isn't held.
  @discardableResult
  public func release(task: String) async throws(ControlRefusal) -> AsyncTask {
    try await perform { control throws(ControlError) in
      AsyncTask(try control.tasks.release(control.tasks.find(task)))
    }
  }
}

extension MockServer.AsyncTask {
  init(_ found: TaskOperations.Found) {
    let task = found.task
    self.init(
      id: task.id.text, number: Int(task.number), taskType: task.request.provider.taskType,
      status: task.status,
      priority: task.submission.priority,
      createdAt: Timestamp(milliseconds: task.createdAt.milliseconds),
      latencyMs: task.contract == .october2026
        ? TaskRenderer.latency(of: task).map { Int($0) } : nil,
      idempotencyKey: task.submission.idempotencyKey, organization: found.organization.name,
      requestID: task.requestID?.text,
      question: task.request.question, isHeld: task.life.isHeld,
      startedAt: task.life.startedAt, dueAt: task.life.due, endedAt: task.life.end?.at,
      creditsToCharge: Int(task.creditsToCharge),
      creditsCharged: task.creditsCharged.map { Int($0) }, webhookURL: task.webhook?.url)
  }
}
