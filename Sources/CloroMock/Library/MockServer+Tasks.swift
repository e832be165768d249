import JSON
import Simulation

extension MockServer {
  /// An asynchronous task, at the moment it was asked for.
  public struct AsyncTask: Sendable, Hashable {
    public let id: String
    /// The provider as the contract names it there, e.g. `CHATGPT`.
    public let taskType: String
    public let status: TaskStatus
    /// Higher goes first.
    public let priority: Int
    public let createdAt: Timestamp
    /// From the pick-up to the end, in milliseconds; nil before, and in contract 2026-07.
    public let latencyMs: Int?
    public let idempotencyKey: String?
    public let organization: String
    /// What is asked.
    public let question: String
    /// Whether it waits for ``release(task:)``, ``complete(task:result:)`` or
    /// ``fail(task:code:message:)``.
    public let isHeld: Bool
    /// The price that was estimated at its submission.
    public let creditsToCharge: Int
    /// What it cost; nil until it is finished, 0 when it failed.
    public let creditsCharged: Int?
    /// Where its end is reported; nil for nowhere.
    public let webhookURL: String?
  }

  /// All tasks, of each organization in the order of submission (`GET /_mock/tasks`).
  ///
  /// - Parameters:
  ///   - key: Narrows it to that key's organization. The default is nil.
  ///   - status: Only those in this status. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func tasks(
    key: String? = nil, status: TaskStatus? = nil
  ) async throws(ControlRefusal) -> [AsyncTask] {
    try await perform(.get, "tasks", query: ["key": key, "status": status?.rawValue]).parsed()
      .list("tasks", AsyncTask.init)
  }

  /// Completes a task by hand, in whatever unfinished status it is
  /// (`POST /_mock/tasks/{id}/complete`). It is charged and reported.
  ///
  /// - Parameters:
  ///   - task: The task's identifier.
  ///   - result: Its result, an object; nil takes the provider's own.
  /// - Throws: ``ControlRefusal`` 404 when there is no such task, 409 when it is finished already.
  @discardableResult
  public func complete(task: String, result: JSON? = nil) async throws(ControlRefusal) -> AsyncTask
  {
    var body = JSONObject()
    body.append("result", ifGiven: result)
    return try AsyncTask(
      await perform(.post, "tasks", task, "complete", body: .object(body)).parsed())
  }

  /// Fails a task by hand (`POST /_mock/tasks/{id}/fail`). It costs nothing, and is reported.
  ///
  /// - Parameters:
  ///   - task: The task's identifier.
  ///   - code: The default is `INTERNAL_SERVER_ERROR`.
  ///   - message: The default is `Maximum retries exceeded`.
  /// - Throws: ``ControlRefusal`` 404 when there is no such task, 409 when it is finished already.
  @discardableResult
  public func fail(
    task: String, code: String? = nil, message: String? = nil
  ) async throws(ControlRefusal) -> AsyncTask {
    var body = JSONObject()
    body.append("code", ifGiven: .text(code))
    body.append("message", ifGiven: .text(message))
    return try AsyncTask(
      await perform(.post, "tasks", task, "fail", body: .object(body)).parsed())
  }

  /// Lets a held task go on by its latency (`POST /_mock/tasks/{id}/release`).
  ///
  /// - Parameter task: The task's identifier.
  /// - Throws: ``ControlRefusal`` 404 when there is no such task, 409 when it isn't held.
  @discardableResult
  public func release(task: String) async throws(ControlRefusal) -> AsyncTask {
    try AsyncTask(await perform(.post, "tasks", task, "release").parsed())
  }
}

extension MockServer.AsyncTask {
  fileprivate init(_ reply: ControlReply) throws(MockServer.ControlRefusal) {
    let credits = try reply.object("credits")
    self.init(
      id: try reply.string("id"), taskType: try reply.string("taskType"),
      status: try reply.read("status") { $0.string.flatMap(TaskStatus.init) },
      priority: try reply.integer("priority"), createdAt: try reply.time("createdAt"),
      latencyMs: try reply.member("latencyMs")?.integer.map { Int($0) },
      idempotencyKey: try reply.member("idempotencyKey")?.string,
      organization: try reply.string("organization"), question: try reply.string("question"),
      isHeld: try reply.bool("held"), creditsToCharge: try credits.integer("creditsToCharge"),
      creditsCharged: try credits.member("creditsCharged")?.integer.map { Int($0) },
      webhookURL: try reply.member("webhook")?["url"]?.string)
  }
}
