import JSON
import Simulation

extension MockServer {
  /// One attempt to deliver a task's report.
  public struct WebhookAttempt: Sendable, Hashable {
    /// The delivery's identifier, shared by its attempts, for ``redeliver(webhook:)``.
    public let id: String
    public let taskID: String
    public let organization: String
    /// From 1.
    public let attempt: Int
    /// When it began, on the double's clock, to the millisecond.
    public let at: Timestamp
    public let url: String
    /// What was sent, the signature included.
    public let headers: Headers
    public let body: String
    /// The receiver's status; nil while it is under way, when it failed, and when it was only
    /// collected.
    public let status: Int?
    /// Why there was no answer.
    public let error: String?
  }

  /// All attempts, oldest delivery first (`GET /_mock/webhooks`).
  ///
  /// - Parameter key: Narrows it to that key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func webhooks(key: String? = nil) async throws(ControlRefusal) -> [WebhookAttempt] {
    try await perform(.get, "webhooks", query: ["key": key]).parsed()
      .list("webhooks", WebhookAttempt.init)
  }

  /// Sends a report once more, whatever became of it
  /// (`POST /_mock/webhooks/{deliveryId}/redeliver`). Returns when the attempt has begun.
  ///
  /// - Parameter webhook: The delivery's identifier.
  /// - Throws: ``ControlRefusal`` 404 when there is no such delivery.
  public func redeliver(webhook: String) async throws(ControlRefusal) {
    _ = try await perform(.post, "webhooks", webhook, "redeliver")
  }
}

extension MockServer.WebhookAttempt {
  fileprivate init(_ reply: ControlReply) throws(MockServer.ControlRefusal) {
    self.init(
      id: try reply.string("id"), taskID: try reply.string("taskId"),
      organization: try reply.string("organization"), attempt: try reply.integer("attempt"),
      at: try reply.time("at"), url: try reply.string("url"),
      headers: MockServer.Headers(try reply.object("headers").json()),
      body: try reply.string("body"),
      status: try reply.member("status")?.integer.map { Int($0) },
      error: try reply.member("error")?.string)
  }
}
