import JSON

/// The routes of the reports of finished tasks.
enum WebhookRoutes {
  static let all = [
    ControlRoute(.get, "webhooks", query: ["key", "since", "limit"]) { call throws(ControlError) in
      let (deliveries, dropped) = try call.operations.webhooks.list(
        of: try call.narrowing(), since: try call.number("since"), limit: try call.number("limit"))
      return ControlAnswer(
        body: ["webhooks": .array(deliveries.flatMap(json)), "dropped": .integer(dropped)])
    },
    ControlRoute(
      .post, "webhooks/await", readsBody: true,
      action: .waiting { call throws(ControlError) in
        let (match, patience) = try call.read { reader in
          (
            AwaitOperations.read(AwaitOperations.WebhookMatch.members, &reader, .init()),
            AwaitOperations.Patience.read(&reader)
          )
        }
        let found = try await call.operations.waits.wait(for: match, patience)
        return ControlAnswer(
          body: ["webhooks": .array(found.map { json($0.attempt, of: $0.delivery) })])
      }),
    ControlRoute(.post, "webhooks/{deliveryId}/redeliver") { call throws(ControlError) in
      try call.operations.webhooks.redeliver(call.parameter)
      return ControlAnswer(body: ["id": .string(call.parameter), "status": "redelivering"])
    },
  ]

  /// One row for each attempt.
  private static func json(_ delivery: WebhookDelivery) -> [JSON] {
    delivery.attempts.map { json($0, of: delivery) }
  }

  private static func json(
    _ attempt: WebhookDelivery.Attempt, of delivery: WebhookDelivery
  ) -> JSON {
    [
      "id": .string(delivery.id),
      "number": JSON(Int64(delivery.number)),
      "taskId": .string(delivery.report.taskID.text),
      "requestId": JSON(delivery.report.requestID?.text),
      "organization": .string(delivery.report.organization.name),
      "attempt": JSON(attempt.number),
      "at": .string(attempt.at.text),
      "url": .string(delivery.report.url),
      "headers": .object(
        JSONObject(
          attempt.headers.fields(of: delivery.report.taskID, attempt: attempt.number)
            .map { JSONObject.Member($0.name, .string($0.value)) })),
      "body": .string(String(decoding: delivery.report.body, as: UTF8.self)),
      "status": attempt.status.map { JSON($0) } ?? .null,
      "error": JSON(attempt.error),
      "retryAt": JSON(delivery.life.retryAt?.text),
    ]
  }
}
