import JSON

/// The routes of asynchronous tasks.
enum TaskRoutes {
  static let all = [
    ControlRoute(.get, "tasks", query: ["key", "status", "since", "limit"]) {
      call throws(ControlError) in
      let (tasks, dropped) = try call.operations.tasks.list(
        TaskOperations.Selection(
          key: try call.narrowing(), status: try status(call.query["status"]),
          since: try call.number("since"), limit: try call.number("limit")))
      return ControlAnswer(
        body: ["tasks": .array(tasks.map(json)), "dropped": .integer(dropped)])
    },
    ControlRoute(
      .post, "tasks/await", readsBody: true,
      action: .waiting { call throws(ControlError) in
        let (match, patience) = try call.read { reader in
          (
            AwaitOperations.read(AwaitOperations.TaskMatch.members, &reader, .init()),
            AwaitOperations.Patience.read(&reader)
          )
        }
        let found = try await call.operations.waits.wait(for: match, patience)
        return ControlAnswer(body: ["tasks": .array(found.map(json))])
      }),
    ControlRoute(.post, "tasks/{id}/complete", readsBody: true) { call throws(ControlError) in
      let tasks = call.operations.tasks
      let found = try tasks.find(call.parameter)
      let completion = try call.read { reader in
        var completion = TaskOperations.Completion()
        TaskOperations.Completion.members.read(&reader, into: &completion)
        return completion
      }
      return ControlAnswer(body: json(try tasks.complete(found, completion)))
    },
    ControlRoute(.post, "tasks/{id}/fail", readsBody: true) { call throws(ControlError) in
      let tasks = call.operations.tasks
      let found = try tasks.find(call.parameter)
      let failure = try call.read { reader in
        var failure = TaskOperations.Failure()
        TaskOperations.Failure.members.read(&reader, into: &failure)
        return failure
      }
      return ControlAnswer(body: json(try tasks.fail(found, failure)))
    },
    ControlRoute(.post, "tasks/{id}/release", readsBody: true) { call throws(ControlError) in
      let tasks = call.operations.tasks
      let found = try tasks.find(call.parameter)
      try call.read { _ in }
      return ControlAnswer(body: json(try tasks.release(found)))
    },
  ]

  private static func status(_ text: String?) throws(ControlError) -> TaskStatus? {
    guard let text else { return nil }
    guard let status = TaskStatus(rawValue: text) else {
      let names = TaskStatus.allCases.map(\.rawValue)
      let alternatives = ObjectReader.alternatives(to: text, in: names)
      throw .invalid("status: \"\(ShownText.value(text))\" is unknown\(alternatives)")
    }
    return status
  }

  /// A task as the control API shows it.
  private static func json(_ found: TaskOperations.Found) -> JSON {
    let task = found.task
    var object = TaskRenderer.summary(of: task)
    object.append("number", JSON(Int64(task.number)))
    object.append("organization", .string(found.organization.name))
    object.append("requestId", JSON(task.requestID?.text))
    object.append("question", .string(task.request.question))
    object.append("held", .bool(task.life.isHeld))
    object.append("startedAt", JSON(task.life.startedAt?.text))
    object.append("dueAt", JSON(task.life.due?.text))
    object.append("endedAt", JSON(task.life.end?.at.text))
    object.append("credits", TaskRenderer.credits(of: task))
    if let webhook = task.webhook { object.append("webhook", ["url": .string(webhook.url)]) }
    return .object(object)
  }
}
