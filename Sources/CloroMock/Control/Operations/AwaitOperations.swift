import JSON
import Platform

/// Waits for tasks and for webhooks.
struct AwaitOperations: Sendable {
  let tasks: TaskOperations
  let webhooks: WebhookOperations
  let keys: KeyOperations
  /// Where the time is waited for.
  let background: SerialQueue

  /// How many, and how long to wait for them.
  struct Patience: Sendable {
    /// nil means 1.
    var count: Int?
    /// In milliseconds of real time; nil means 5,000.
    var timeoutMs: Int?

    static let members: [ObjectMember<Patience>] = [
      .integer("count", \.count, in: 1...1_000_000),
      .integer("timeoutMs", \.timeoutMs, in: 0...600_000),
    ]

    /// Reads it; problems are noted.
    static func read(_ reader: inout ObjectReader) -> Patience {
      var patience = Patience()
      members.read(&reader, into: &patience)
      return patience
    }
  }

  /// Reads the member `match`, which is required; problems are noted.
  static func read<Match>(
    _ members: [ObjectMember<Match>], _ reader: inout ObjectReader, _ empty: Match
  ) -> Match {
    var match = empty
    reader.require("match")
    if var inner = reader.reader("match") {
      members.read(&inner, into: &match)
      inner.finish()
    }
    return match
  }

  /// Which tasks.
  struct TaskMatch: Sendable {
    /// A key of their organization.
    var key: String?
    var status: TaskStatus?
    var taskId: String?

    static let members: [ObjectMember<TaskMatch>] = [
      .text("key", \.key), .choice("status", \.status), .text("taskId", \.taskId),
    ]

    fileprivate func misses(_ task: TaskRecord) -> [String] {
      var misses: [String] = []
      if let status, status != task.status {
        misses.append("status: expected \(status.rawValue), was \(task.status.rawValue)")
      }
      if let taskId, taskId != task.id.text {
        misses.append("taskId: expected \(taskId), was \(task.id.text)")
      }
      return misses
    }
  }

  /// Which attempts to deliver a webhook.
  struct WebhookMatch: Sendable {
    /// A key of their organization.
    var key: String?
    var taskId: String?
    /// Whether the receiver has answered with 2xx.
    var delivered: Bool?
    /// The receiver's status.
    var status: Int?

    static let members: [ObjectMember<WebhookMatch>] = [
      .text("key", \.key), .text("taskId", \.taskId), .flag("delivered", \.delivered),
      .integer("status", \.status, in: 100...599),
    ]

    fileprivate func misses(_ attempt: Attempt) -> [String] {
      var misses: [String] = []
      let status = attempt.attempt.status
      let found = status.map { "\($0)" } ?? "none"
      if let taskId, taskId != attempt.delivery.report.taskID.text {
        misses.append("taskId: expected \(taskId), was \(attempt.delivery.report.taskID.text)")
      }
      if let delivered, delivered != (200..<300 ~= status ?? 0) {
        misses.append("delivered: expected \(delivered), the receiver's status was \(found)")
      }
      if let wanted = self.status, wanted != status {
        misses.append("status: expected \(wanted), was \(found)")
      }
      return misses
    }
  }

  /// An attempt with its delivery.
  struct Attempt: Sendable {
    let delivery: WebhookDelivery
    let attempt: WebhookDelivery.Attempt
  }

  /// Waits until there are so many such tasks, those included that are there already.
  func wait(
    for match: TaskMatch, _ patience: Patience
  ) async throws(ControlError) -> [TaskOperations.Found] {
    try ControlError.check { place in
      TaskMatch.members.check(match, at: place.inner("match"), into: TaskMatch())
      Patience.members.check(patience, at: place, into: Patience())
    }
    let selection = TaskOperations.Selection(key: try keys.narrowed(to: match.key))
    // What only the file has doesn't change any more.
    let filed = try tasks.filed(selection).tasks
    return try await wait(patience, "tasks", tasks.engine.changes) { () throws(ControlError) in
      let present = tasks.inMemory(selection)
      guard !filed.isEmpty else {
        return selection.key == nil ? present.sorted { $0.task.number < $1.task.number } : present
      }
      let known = Set(present.map(\.task.id))
      return (filed.filter { !known.contains($0.task.id) } + present)
        .sorted { $0.task.number < $1.task.number }
    } misses: { found in
      match.misses(found.task)
    } json: { found, misses in
      [
        "taskId": .string(found.task.id.text), "status": .string(found.task.status.rawValue),
        "organization": .string(found.organization.name), "misses": misses,
      ]
    }
  }

  /// Waits until there are so many such attempts, those included that were made already.
  func wait(
    for match: WebhookMatch, _ patience: Patience
  ) async throws(ControlError) -> [Attempt] {
    try ControlError.check { place in
      WebhookMatch.members.check(match, at: place.inner("match"), into: WebhookMatch())
      Patience.members.check(patience, at: place, into: Patience())
    }
    let key = try keys.narrowed(to: match.key)
    // What only the file has doesn't change any more.
    let filed = try webhooks.filed(of: key).deliveries
    return try await wait(
      patience, "webhooks", webhooks.dispatcher.changes
    ) { () throws(ControlError) in
      webhooks.dispatcher.deliveries(of: key?.organization, joinedBy: filed).flatMap { delivery in
        delivery.attempts.map { Attempt(delivery: delivery, attempt: $0) }
      }
    } misses: { attempt in
      match.misses(attempt)
    } json: { attempt, misses in
      [
        "taskId": .string(attempt.delivery.report.taskID.text),
        "attempt": JSON(attempt.attempt.number),
        "status": attempt.attempt.status.map { JSON($0) } ?? .null,
        "error": JSON(attempt.attempt.error), "misses": misses,
      ]
    }
  }

  /// How many of the nearest misses are named.
  private static let namedMisses = 3

  private func wait<Item: Sendable>(
    _ patience: Patience, _ name: String, _ changes: ChangeSignal,
    _ list: () throws(ControlError) -> [Item], misses: (Item) -> [String],
    json: (Item, JSON) -> JSON
  ) async throws(ControlError) -> [Item] {
    let count = patience.count ?? 1
    let deadline =
      System.monotonicNanoseconds() + Int64(patience.timeoutMs ?? 5000) * 1_000_000
    while true {
      let seen = changes.count
      let judged = try list().map { ($0, misses($0)) }
      let found = judged.filter { $0.1.isEmpty }.map(\.0)
      if found.count >= count { return found }
      let rest = (deadline - System.monotonicNanoseconds()) / 1_000_000
      guard rest > 0, !Task.isCancelled else {
        let nearest = judged.reversed().filter { !$0.1.isEmpty }
          .sorted { $0.1.count < $1.1.count }.prefix(Self.namedMisses)
        throw .timeout(
          "\(found.count) of \(count) such \(name) came in time.",
          details: [
            "nearest": .array(nearest.map { json($0.0, .array($0.1.map(JSON.string))) })
          ])
      }
      await changes.wait(after: seen, milliseconds: rest, on: background)
    }
  }
}
