import CloroContract
import JSON
import Simulation

/// A delivery as snapshots keep it and documents store it, apart from its organization.
struct StoredDelivery: Sendable {
  let id: String
  /// Its number among all deliveries; 0 as long as it has none here.
  var number: UInt64 = 0
  /// The task whose report it is.
  let task: Identifier
  let request: Identifier?
  let url: String
  let content: ReportContent
  let settings: Plan.Webhooks
  /// The key that submitted the task.
  let key: String?
  let submission: AsyncTaskRequest
  /// The organization's at the task's end.
  let label: String?
  /// When the task ended, as rules see it.
  let at: Timestamp
  /// Of its draws.
  let seed: UInt64
  /// Of a weather's draws.
  let weatherSeed: UInt64
  let attempts: [WebhookDelivery.Attempt]
  let life: DeliveryLife
  let wasDelivered: Bool
}

extension StoredDelivery {
  /// - Returns: nil for a report that is no task's, which there isn't.
  init?(_ delivery: WebhookDelivery) {
    let (report, subject) = (delivery.report, delivery.report.subject)
    guard let submission = subject.submission else { return nil }
    self.init(
      id: delivery.id, number: delivery.number, task: report.taskID, request: report.requestID,
      url: report.url, content: report.content, settings: report.settings, key: subject.key,
      submission: submission, label: subject.label, at: subject.now, seed: subject.seed,
      weatherSeed: report.weatherSeed, attempts: delivery.attempts, life: delivery.life,
      wasDelivered: delivery.wasDelivered)
  }

  /// The delivery of an organization that was restored.
  func restored(of organization: Organization) -> WebhookDelivery {
    let subject = RuleSubject(
      task: task.text, submission, of: key, ownRules: organization.rules, label: label, at: at,
      seed: seed)
    // It may have to be sent again.
    let content = life.isOver ? content : content.made
    var delivery = WebhookDelivery(
      id: id,
      report: WebhookDispatcher.Report(
        taskID: task, requestID: request, url: url, content: content, settings: settings,
        organization: organization, weatherSeed: weatherSeed, subject: subject))
    delivery.number = number
    delivery.attempts = attempts
    delivery.life = life
    delivery.wasDelivered = wasDelivered
    return delivery
  }
}

// MARK: Documents

extension StoredDelivery {
  /// As snapshots keep it.
  var json: JSON { .object(object(isWhole: true)) }

  /// As the ledger's file has it.
  ///
  /// - Parameter isWhole: Whether with what its finished task gives, too.
  func document(isWhole: Bool) -> JSON {
    var object = object(isWhole: isWhole)
    object.append("number", JSON(count: number))
    return .object(object)
  }

  private func object(isWhole: Bool) -> JSONObject {
    var object: JSONObject = ["id": .string(id), "taskId": .string(task.text)]
    object.append("requestId", ifAny: request.map { .string($0.text) })
    object.append("url", .string(url))
    if isWhole {
      object.append("body", .string(String(decoding: content.bytes, as: UTF8.self)))
    }
    object.append("settings", settings.stored)
    object.append("key", ifAny: key.map { .string($0) })
    if isWhole { object.append("submission", submission.stored) }
    object.append("label", ifAny: label.map { .string($0) })
    object.append("at", JSON(at))
    object.append("seed", JSON(bits: seed))
    object.append("weatherSeed", JSON(bits: weatherSeed))
    object.append("attempts", .array(attempts.map { $0.stored(of: task) }))
    life.store(in: &object)
    object.append("wasDelivered", .bool(wasDelivered))
    return object
  }

  /// Reads what the ledger's file has.
  ///
  /// - Parameter source: Its finished task, for what isn't stored; nil where all is.
  static func read(
    document body: [UInt8], of source: ReportSource? = nil
  ) -> StoredDelivery? {
    JSON.read(document: body) { reader in
      var delivery = read(&reader, of: source)
      delivery?.number = UInt64(reader.count("number") ?? 0)
      return delivery
    }
  }

  static func read(
    _ reader: inout ObjectReader, of source: ReportSource? = nil
  ) -> StoredDelivery? {
    reader.require(["id", "taskId", "url", "settings", "at", "seed", "weatherSeed", "attempts"])
    reader.require("wasDelivered")
    if source == nil { reader.require(["body", "submission"]) }
    let (id, task) = (reader.string("id"), reader.identifier("taskId"))
    let request = reader.identifier("requestId")
    let url = reader.member("url", expected: "an absolute http or https address") { json in
      json.string.flatMap { WebAddress.isAbsolute($0) ? $0 : nil }
    }
    let content =
      reader.string("body").map { ReportContent(text: Array($0.utf8)) }
      ?? source.map { ReportContent(unmade: $0) }
    let settings = reader.inner("settings") { Plan.Webhooks.read(&$0) }
    let (key, label) = (reader.string("key"), reader.string("label"))
    let submission =
      reader.inner("submission") { AsyncTaskRequest.read(&$0) } ?? source?.task.submission
    let (at, seed) = (reader.moment("at"), reader.bits("seed"))
    let weatherSeed = reader.bits("weatherSeed")
    let attempts = reader.list("attempts") { WebhookDelivery.Attempt.read(&$0, of: task) }
    let life = DeliveryLife.restore(&reader)
    let wasDelivered = reader.bool("wasDelivered")
    guard let id, let task, let url, let content, let settings, let submission, let at, let seed,
      let weatherSeed, let attempts, let life, let wasDelivered
    else { return nil }
    return StoredDelivery(
      id: id, task: task, request: request, url: url, content: content, settings: settings,
      key: key, submission: submission, label: label, at: at, seed: seed,
      weatherSeed: weatherSeed, attempts: attempts, life: life, wasDelivered: wasDelivered)
  }
}

extension Plan.Webhooks {
  fileprivate var stored: JSON {
    var object: JSONObject = ["mode": .string(mode.rawValue)]
    object.append("secret", ifAny: secret.map { .string($0) })
    object.append("attempts", JSON(attempts))
    object.append("retrySeconds", .array(retrySeconds.map { .integer($0) }))
    object.append("timeoutSeconds", JSON(timeoutSeconds))
    return .object(object)
  }

  fileprivate static func read(_ reader: inout ObjectReader) -> Plan.Webhooks? {
    reader.require(["mode", "attempts", "retrySeconds", "timeoutSeconds"])
    let mode = reader.choice("mode", of: Mode.self)
    let secret = reader.member("secret", expected: "a string that isn't empty") { json in
      json.string.flatMap { $0.isEmpty ? nil : $0 }
    }
    let attempts = reader.integer("attempts", in: 1...20)
    let seconds = reader.member(
      "retrySeconds", expected: "an array of at least one whole number of at least 0"
    ) { json -> [Int64]? in
      let numbers = json.array?.compactMap(\.integer) ?? []
      guard !numbers.isEmpty, numbers.count == json.array?.count,
        numbers.allSatisfy({ 0...366 * 86_400 ~= $0 })
      else { return nil }
      return numbers
    }
    let timeout = reader.integer("timeoutSeconds", in: timeoutRange)
    guard let mode, let attempts, let seconds, let timeout else { return nil }
    var webhooks = Plan.Webhooks()
    webhooks.mode = mode
    webhooks.secret = secret
    webhooks.attempts = Int(attempts)
    webhooks.retrySeconds = seconds
    webhooks.timeoutSeconds = Int(timeout)
    return webhooks
  }
}

extension WebhookDelivery.Attempt {
  /// - Parameter task: The task whose report it sends.
  fileprivate func stored(of task: Identifier) -> JSON {
    var object: JSONObject = [
      "number": JSON(number), "at": JSON(at),
      "headers": .array(
        headers.fields(of: task, attempt: number)
          .map { ["name": .string($0.name), "value": .string($0.value)] }),
      "isPlanned": .bool(isPlanned),
    ]
    object.append("status", ifAny: status.map { JSON($0) })
    object.append("error", ifAny: error.map { .string($0) })
    return .object(object)
  }

  /// - Parameter task: The task whose report it sends; nil when that can't be read.
  fileprivate static func read(
    _ reader: inout ObjectReader, of task: Identifier?
  ) -> WebhookDelivery.Attempt? {
    reader.require(["number", "at", "headers", "isPlanned"])
    let (number, at) = (reader.count("number"), reader.moment("at"))
    let headers = reader.list("headers") { reader -> WebhookHeaders.Field? in
      reader.require(["name", "value"])
      guard let name = reader.string("name"), let value = reader.string("value") else {
        return nil
      }
      return (name, value)
    }
    let isPlanned = reader.bool("isPlanned")
    let (status, error) = (reader.integer("status", in: 100...999), reader.string("error"))
    guard let task, let number, let at, let headers, let isPlanned else { return nil }
    return WebhookDelivery.Attempt(
      number: number, at: at, headers: WebhookHeaders(headers, of: task, attempt: number),
      isPlanned: isPlanned,
      status: status.map { Int($0) }, error: error)
  }
}

extension DeliveryLife {
  /// The name of a state in documents.
  private enum State: String, CaseIterable {
    case queued, heldBack, underWay, awaitingRetry, over
  }

  fileprivate func store(in object: inout JSONObject) {
    let state: State =
      switch phase {
      case .open(.queued): .queued
      case .open(.heldBack): .heldBack
      case .open(.underWay): .underWay
      case .open(.awaitingRetry): .awaitingRetry
      // What of it was still under way isn't tried again.
      case .over: .over
      }
    object.append("state", .string(state.rawValue))
    object.append("due", ifAny: due.map { JSON($0) })
  }

  fileprivate static func restore(_ reader: inout ObjectReader) -> DeliveryLife? {
    reader.require("state")
    let state = reader.choice("state", of: State.self)
    if state == .awaitingRetry { reader.require("due") }
    let due = reader.moment("due")
    switch state {
    case .queued: return DeliveryLife(.open(.queued), due: due)
    case .heldBack: return DeliveryLife(.open(.heldBack), due: due)
    case .underWay: return DeliveryLife(.open(.underWay), due: due)
    case .awaitingRetry: return due.map { DeliveryLife(.open(.awaitingRetry(due: $0)), due: $0) }
    case .over: return DeliveryLife(.over(nil), due: due)
    case nil: return nil
    }
  }
}
