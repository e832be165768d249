import Dispatch
import HTTPServer
import JSON
import Simulation

extension ControlAPI {
  static let taskRoutes = [
    ControlRoute(.get, "tasks", query: ["key", "status"]) { call throws(ControlError) in
      try list(call)
    },
    ControlRoute(.post, "tasks/{id}/complete", readsBody: true) { call throws(ControlError) in
      try complete(call)
    },
    ControlRoute(.post, "tasks/{id}/fail", readsBody: true) { call throws(ControlError) in
      try fail(call)
    },
    ControlRoute(.post, "tasks/{id}/release", readsBody: true) { call throws(ControlError) in
      try release(call)
    },
  ]

  private static func list(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let names = TaskStatus.allCases.map(\.rawValue)
    let wanted = call.query["status"]
    if let wanted, TaskStatus(rawValue: wanted) == nil {
      throw .invalid(
        "status: \"\(wanted)\" is unknown\(ObjectReader.hint(wanted, names)); allowed: \(names.joined(separator: ", "))"
      )
    }
    let narrowed = try call.narrowing().map { [$0.organization] }
    let tasks = (narrowed ?? call.api.organizations.all).flatMap { organization in
      organization.withState { $0.tasks.all }.map { (organization, $0) }
    }
    let rows = tasks.filter { wanted == nil || $0.1.status.rawValue == wanted }
    return ControlAnswer(body: ["tasks": .array(rows.map { show($0.1, $0.0) })])
  }

  /// A task as the control API shows it.
  private static func show(_ task: TaskRecord, _ organization: Organization) -> JSON {
    var object = TaskRenderer.summary(of: task).object ?? [:]
    object.append("organization", .string(organization.name))
    object.append("question", .string(task.request.question))
    object.append("held", .bool(task.life.isHeld))
    object.append("credits", TaskRenderer.credits(of: task))
    if let webhook = task.webhook { object.append("webhook", ["url": .string(webhook.url)]) }
    return .object(object)
  }

  /// The task that the path names, with its organization.
  private static func find(
    _ call: ControlCall
  ) throws(ControlError) -> (Organization, TaskRecord) {
    let text = call.parameter
    if let id = Identifier(text: text) {
      for organization in call.api.organizations.all {
        if let task = organization.withState({ $0.tasks[id] }) { return (organization, task) }
      }
    }
    throw .notFound("There is no task \(text).")
  }

  private static func answer(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let (organization, task) = try find(call)
    return ControlAnswer(body: show(task, organization))
  }

  private static func complete(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let (organization, task) = try find(call)
    let result = try call.read { reader in
      reader.member("result", expected: "an object") { $0.object }
    }
    let recorded = DispatchGroup()
    recorded.enter()
    let isUnfinished = call.api.tasks.complete(
      task.id, organization, given: result.map { JSON.object($0).encoded }
    ) { recorded.leave() }
    guard isUnfinished else { throw .conflict("The task is finished already.") }
    recorded.wait()
    return try answer(call)
  }

  private static func fail(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let (organization, task) = try find(call)
    let (code, message) = try call.read { reader in
      (reader.string("code"), reader.string("message"))
    }
    let isUnfinished = call.api.tasks.fail(
      task.id, code: code ?? "INTERNAL_SERVER_ERROR",
      message: message ?? "Maximum retries exceeded", organization)
    guard isUnfinished else { throw .conflict("The task is finished already.") }
    return try answer(call)
  }

  private static func release(_ call: ControlCall) throws(ControlError) -> ControlAnswer {
    let (organization, task) = try find(call)
    _ = try call.read { _ in }
    guard call.api.tasks.release(task.id, organization) else {
      throw .conflict("The task is not held: it is \(task.status.rawValue).")
    }
    return try answer(call)
  }
}
