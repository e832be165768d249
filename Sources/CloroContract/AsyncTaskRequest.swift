import JSON

/// A checked request for an asynchronous task.
public struct AsyncTaskRequest: Sendable, Hashable {
  /// The question: the task's payload.
  public var request: MonitorRequest
  /// 1…10, higher first. The default is 1.
  public var priority: Int
  /// Unique within an organization while the task's record exists.
  public var idempotencyKey: String?
  /// Where to report the outcome: an absolute http or https address with a host.
  public var webhookURL: String?

  public init(
    request: MonitorRequest, priority: Int = 1, idempotencyKey: String? = nil,
    webhookURL: String? = nil
  ) {
    self.request = request
    self.priority = priority
    self.idempotencyKey = idempotencyKey
    self.webhookURL = webhookURL
  }

  /// The priorities, lowest first. [2026-07, section 8]
  public static let priorities = ByRevision(Int64(1)...10)
  /// The priority of a task that specifies none. [2026-07, section 8]
  public static let usualPriority = ByRevision(1)
  /// The most tasks of one batch. [2026-07, section 8]
  public static let largestBatch = ByRevision(500)

  /// The result of checking a task's body.
  public enum Validated: Sendable {
    case valid(AsyncTaskRequest)
    /// Every failing field.
    case invalid([FieldIssue])
  }

  /// Checks a task. Its payload is checked by the rules of the provider's synchronous endpoint.
  ///
  /// - Parameters:
  ///   - unknownMembers: What becomes of members that a task doesn't have. The default is `ignore`.
  ///   - ignored: Collects those that are ignored.
  public static func validate(
    _ body: JSON, in revision: ContractRevision, unknownMembers: UnknownMembers = .ignore,
    ignored: inout IgnoredMembers
  ) -> Validated {
    var validation = TaskValidation(
      texts: ValidationTexts(revision: revision), unknownMembers: unknownMembers)
    validation.ignored = ignored
    let validated = validation.run(body)
    ignored = validation.ignored
    return validated
  }

  /// What is wrong with a batch's body as a whole, or nil.
  public static func batchIssue(_ body: JSON, in revision: ContractRevision) -> FieldIssue? {
    let texts = ValidationTexts(revision: revision)
    guard let items = body.array else { return FieldIssue("", texts.wrongType("array", body)) }
    if items.isEmpty { return FieldIssue("", texts.tooFew(1)) }
    let most = largestBatch[revision]
    return items.count > most ? FieldIssue("", texts.tooMany(most)) : nil
  }
}

private struct TaskValidation {
  let texts: ValidationTexts
  let unknownMembers: UnknownMembers
  var issues: [FieldIssue] = []
  var ignored = IgnoredMembers()

  private static let names = ["taskType", "payload", "priority", "idempotencyKey", "webhook"]

  mutating func fail(_ field: String, _ message: String) {
    issues.append(FieldIssue(field, message))
  }

  /// Notes a member that the object doesn't have.
  ///
  /// - Parameter path: The path to the object with a dot at its end, or nothing.
  private mutating func noteUnknown(_ name: String, in path: String = "") {
    switch unknownMembers {
    case .ignore: ignored.note(path + name)
    case .refuse: if !issues.isFull { fail(path + name, texts.unknown(name)) }
    }
  }

  mutating func run(_ body: JSON) -> AsyncTaskRequest.Validated {
    guard let object = body.object else { return .invalid([FieldIssue("", texts.notAnObject)]) }
    let provider = taskType(object["taskType"])
    let request = payload(object["payload"], provider)
    let priority = priority(object["priority"])
    var key: String?
    if let value = object["idempotencyKey"] {
      key = value.string
      if key == nil { fail("idempotencyKey", texts.wrongType("string", value)) }
    }
    let url = webhook(object["webhook"])
    for member in object.members where !Self.names.contains(member.name) {
      noteUnknown(member.name)
    }
    guard issues.isEmpty, let request else { return .invalid(issues) }
    return .valid(
      AsyncTaskRequest(request: request, priority: priority, idempotencyKey: key, webhookURL: url))
  }

  private mutating func taskType(_ value: JSON?) -> Provider? {
    var names: [String] { Provider.taskTypes.map(\.taskType) }
    guard let value else {
      fail("taskType", texts.missing(texts.choice(names)))
      return nil
    }
    guard let name = value.string else {
      fail("taskType", texts.wrongType(texts.choice(names), value))
      return nil
    }
    guard let provider = Provider(taskType: name) else {
      fail("taskType", texts.notOneOf(names, name))
      return nil
    }
    return provider
  }

  private mutating func payload(_ value: JSON?, _ provider: Provider?) -> MonitorRequest? {
    guard let value else {
      fail("payload", texts.missing("object"))
      return nil
    }
    guard value.object != nil else {
      fail("payload", texts.wrongType("object", value))
      return nil
    }
    guard let provider else { return nil }
    let validated = MonitorRequest.validate(
      value, for: provider, in: texts.revision, prefix: "payload.",
      unknownMembers: unknownMembers, ignored: &ignored)
    switch validated {
    case .valid(let request): return request
    case .invalid(let found):
      issues += found
      return nil
    }
  }

  private mutating func priority(_ value: JSON?) -> Int {
    let usual = AsyncTaskRequest.usualPriority[texts.revision]
    guard let value else { return usual }
    switch texts.integer(value, in: AsyncTaskRequest.priorities[texts.revision]) {
    case .success(let number): return Int(number)
    case .failure(let message):
      fail("priority", message.text)
      return usual
    }
  }

  private mutating func webhook(_ value: JSON?) -> String? {
    guard let value else { return nil }
    guard let object = value.object else {
      fail("webhook", texts.wrongType("object", value))
      return nil
    }
    defer {
      for member in object.members where member.name != "url" {
        noteUnknown(member.name, in: "webhook.")
      }
    }
    guard let url = object["url"] else {
      fail("webhook.url", texts.missing("string"))
      return nil
    }
    guard let text = url.string else {
      fail("webhook.url", texts.wrongType("string", url))
      return nil
    }
    guard WebAddress.isAbsolute(text) else {
      fail("webhook.url", texts.badURL)
      return nil
    }
    return text
  }
}
