import Simulation

extension MockServer {
  /// One attempt to deliver a task's report.
  public struct WebhookAttempt: Sendable, Hashable {
    /// The delivery's identifier, shared by its attempts, for ``redeliver(webhook:)``.
    public let id: String
    /// The delivery's number among all, from 1.
    public let number: Int
    /// The task that is reported.
    public let taskID: String
    /// The request that submitted the task.
    public let requestID: String?
    /// The task's organization.
    public let organization: String
    /// The attempt's number, from 1.
    public let attempt: Int
    /// When it began, on the double's clock, to the millisecond.
    public let at: Timestamp
    /// Where the report goes.
    public let url: String
    /// The headers that were sent, including the signature.
    public let headers: Headers
    /// The report, as it was sent.
    public let body: String
    /// The receiver's status; nil while the attempt is under way, and when it has failed or was
    /// only collected.
    public let status: Int?
    /// Why there was no answer.
    public let error: String?
    /// When the delivery's next planned attempt is due; nil when none is awaited.
    public let retryAt: Timestamp?
  }

  /// The attempts of consecutive deliveries, the oldest first (`GET /_mock/webhooks`).
  ///
  /// - Parameters:
  ///   - key: Narrows it to that key's organization. The default is nil.
  ///   - since: The ``WebhookAttempt/number`` of the last delivery already seen. The default is
  ///     nil.
  ///   - limit: The most deliveries. The default is nil, which has no limit.
  /// - Throws: ``ControlRefusal`` 400 for a number below 0, 404 when there is no such key.
  public func webhooks(
    key: String? = nil, since: Int? = nil, limit: Int? = nil
  ) async throws(ControlRefusal) -> [WebhookAttempt] {
    try await perform { control throws(ControlError) in
      try control.webhooks.list(
        of: try control.keys.narrowed(to: key), since: since, limit: limit
      ).deliveries.flatMap { delivery in
        delivery.attempts.map { WebhookAttempt($0, of: delivery) }
      }
    }
  }

  /// Sends a report once more, whatever its outcome was (`POST
  /// /_mock/webhooks/{deliveryId}/redeliver`). Returns when the attempt has begun.
  ///
  /// - Parameter webhook: The delivery's identifier.
  /// - Throws: ``ControlRefusal`` 404 when there is no such delivery.
  public func redeliver(webhook: String) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in try control.webhooks.redeliver(webhook) }
  }
}

extension MockServer.WebhookAttempt {
  init(_ attempt: WebhookDelivery.Attempt, of delivery: WebhookDelivery) {
    self.init(
      id: delivery.id, number: Int(delivery.number), taskID: delivery.report.taskID.text,
      requestID: delivery.report.requestID?.text, organization: delivery.report.organization.name,
      attempt: attempt.number,
      at: Timestamp(milliseconds: attempt.at.milliseconds), url: delivery.report.url,
      headers: MockServer.Headers(
        fields: attempt.headers.fields(of: delivery.report.taskID, attempt: attempt.number)
          .map { MockServer.Headers.Field(name: $0.name, value: $0.value) }),
      body: String(decoding: delivery.report.body, as: UTF8.self), status: attempt.status,
      error: attempt.error,
      retryAt: delivery.life.retryAt.map { Timestamp(milliseconds: $0.milliseconds) })
  }
}
