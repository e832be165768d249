import CloroContract
import JSON

extension MockServer {
  /// Which requests ``verify(_:times:timeout:)`` looks for. A nil property sets no condition.
  public struct RequestMatch: Sendable, Hashable {
    /// The whole key.
    public var key: String?
    /// The request's method, e.g. `POST`.
    public var method: String?
    /// As it was sent.
    public var path: String?
    /// The status of the answer.
    public var status: Int?
    /// A part of the reason's text.
    public var reason: String?
    /// The request's identifier.
    public var requestID: String?
    /// The task that it submitted alone, or asked for.
    public var taskID: String?
    /// A trace by its 32 digits, or the whole value of the header `traceparent`.
    public var traceparent: String?
    /// The organization's label at that time.
    public var label: String?
    /// The provider that was asked, by a task too.
    public var provider: Provider?
    /// A condition on the question.
    public var prompt: PromptMatch?
    /// The question's country, e.g. `US`.
    public var country: String?
    /// Flags that the question asks for.
    public var include: IncludeMatch?
    /// The question's state, e.g. `CA`.
    public var state: String?
    /// The question's device.
    public var device: MonitorRequest.Device?
    /// Conditions on members of the question.
    public var body: BodyMatch?

    /// A match with these conditions. The default of each is nil, which sets none.
    public init(
      key: String? = nil, method: String? = nil, path: String? = nil, status: Int? = nil,
      reason: String? = nil, requestID: String? = nil, taskID: String? = nil,
      traceparent: String? = nil, label: String? = nil, provider: Provider? = nil,
      prompt: PromptMatch? = nil, country: String? = nil,
      include: IncludeMatch? = nil, state: String? = nil, device: MonitorRequest.Device? = nil,
      body: BodyMatch? = nil
    ) {
      self.key = key
      self.method = method
      self.path = path
      self.status = status
      self.reason = reason
      self.requestID = requestID
      self.taskID = taskID
      self.traceparent = traceparent
      self.label = label
      self.provider = provider
      self.prompt = prompt
      self.country = country
      self.include = include
      self.state = state
      self.device = device
      self.body = body
    }

    fileprivate var filter: JournalFilter {
      JournalFilter(
        key: key, method: method, path: path, status: status, reason: reason, requestID: requestID,
        taskID: taskID, traceparent: traceparent, label: label, provider: provider, prompt: prompt,
        question: RuleMatch(
          country: country, include: include, state: state, device: device, body: body))
    }
  }

  /// How many requests there should be.
  public struct Times: Sendable, Hashable {
    let times: VerifyOperations.Times

    /// So many, and no more.
    public static func exactly(_ count: Int) -> Times { Times(times: .init(exactly: count)) }
    /// So many, or more.
    public static func atLeast(_ count: Int) -> Times { Times(times: .init(atLeast: count)) }
    /// So many, or fewer.
    public static func atMost(_ count: Int) -> Times { Times(times: .init(atMost: count)) }
    /// A number of a range.
    public static func between(_ range: ClosedRange<Int>) -> Times {
      Times(times: .init(atLeast: range.lowerBound, atMost: range.upperBound))
    }
    /// None.
    public static let never = Times(times: .never)
  }

  /// Says whether so many matching requests have come (`POST /_mock/verify`). Everything that has
  /// arrived is processed before, so what was answered is always counted.
  ///
  /// - Parameters:
  ///   - match: Which requests.
  ///   - times: How many. The default is at least one.
  ///   - timeout: How long to wait for it, in real time, at most 10 minutes. The default is 0.
  /// - Returns: How many there are.
  /// - Throws: ``ControlRefusal`` 409 `NOT_VERIFIED` with the nearest misses, 409 `UNKNOWN` when
  ///   the journal has dropped entries that could match, 400 for values that can't be used, 404
  ///   when there is no such key.
  @discardableResult
  public func verify(
    _ match: RequestMatch, times: Times = .atLeast(1), timeout: Duration = .zero
  ) async throws(ControlRefusal) -> Int {
    let expectation = VerifyOperations.Expectation(
      match: match.filter, times: times.times, timeoutMs: timeout.wholeMilliseconds)
    return try await performWaiting { control throws(ControlError) in
      try await control.verify.verify(expectation)
    }
  }

  /// Says whether matching requests have come in an order, others in between or not (`POST
  /// /_mock/verify`).
  ///
  /// - Parameters:
  ///   - sequence: The requests, at least one.
  ///   - timeout: How long to wait for it, in real time, at most 10 minutes. The default is 0.
  /// - Throws: As ``verify(_:times:timeout:)``.
  public func verify(
    sequence: [RequestMatch], timeout: Duration = .zero
  ) async throws(ControlRefusal) {
    let expectation = VerifyOperations.Expectation(
      sequence: sequence.map(\.filter), timeoutMs: timeout.wholeMilliseconds)
    _ = try await performWaiting { control throws(ControlError) in
      try await control.verify.verify(expectation)
    }
  }

  /// The faults and stubs that never struck, as the control API lists them (`GET /_mock/unused`).
  ///
  /// - Parameter key: Only those of this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func unused(key: String? = nil) async throws(ControlRefusal) -> [JSON] {
    try await perform { control throws(ControlError) in
      control.report.unused(of: try control.keys.narrowed(to: key)).map(\.json)
    }
  }

  /// What the run has asked and taken since its start, and what the client did that it shouldn't
  /// (`GET /_mock/report`).
  ///
  /// - Parameter key: Only what this key's organization has asked since its last reset. The default
  ///   is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func report(key: String? = nil) async throws(ControlRefusal) -> RunReport {
    try await performWaiting { control throws(ControlError) in
      await control.report.report(of: try control.keys.narrowed(to: key))
    }
  }

  /// The report without what has arrived and isn't processed, for a caller that can't wait.
  package var presentReport: RunReport { operations.report.present(of: nil) }

  /// Waits until there are so many such tasks, those included that are there already (`POST
  /// /_mock/tasks/await`).
  ///
  /// - Parameters:
  ///   - key: Only those of this key's organization. The default is nil.
  ///   - status: Their status. The default is nil.
  ///   - taskID: The one task. The default is nil.
  ///   - count: How many, 1 or more. The default is 1.
  ///   - timeout: The longest wait, in real time, at most 10 minutes. The default is 5 seconds.
  /// - Returns: All such tasks.
  /// - Throws: ``ControlRefusal`` 408 with the nearest misses when they didn't come, 400 for values
  ///   that can't be used, 404 when there is no such key.
  @discardableResult
  public func awaitTasks(
    key: String? = nil, status: TaskStatus? = nil, taskID: String? = nil, count: Int = 1,
    timeout: Duration = .seconds(5)
  ) async throws(ControlRefusal) -> [AsyncTask] {
    let match = AwaitOperations.TaskMatch(key: key, status: status, taskId: taskID)
    let patience = AwaitOperations.Patience(count: count, timeoutMs: timeout.wholeMilliseconds)
    return try await performWaiting { control throws(ControlError) in
      try await control.waits.wait(for: match, patience).map(AsyncTask.init)
    }
  }

  /// Waits until so many such attempts to deliver a webhook were made, those included that were
  /// made already (`POST /_mock/webhooks/await`).
  ///
  /// - Parameters:
  ///   - key: Only those of this key's organization. The default is nil.
  ///   - taskID: The task that they report. The default is nil.
  ///   - delivered: Whether the receiver has answered with 2xx. The default is nil.
  ///   - status: The receiver's status. The default is nil.
  ///   - count: How many, 1 or more. The default is 1.
  ///   - timeout: The longest wait, in real time, at most 10 minutes. The default is 5 seconds.
  /// - Returns: All such attempts.
  /// - Throws: As ``awaitTasks(key:status:taskID:count:timeout:)``.
  @discardableResult
  public func awaitWebhooks(
    key: String? = nil, taskID: String? = nil, delivered: Bool? = nil, status: Int? = nil,
    count: Int = 1, timeout: Duration = .seconds(5)
  ) async throws(ControlRefusal) -> [WebhookAttempt] {
    let match = AwaitOperations.WebhookMatch(
      key: key, taskId: taskID, delivered: delivered, status: status)
    let patience = AwaitOperations.Patience(count: count, timeoutMs: timeout.wholeMilliseconds)
    return try await performWaiting { control throws(ControlError) in
      try await control.waits.wait(for: match, patience).map {
        WebhookAttempt($0.attempt, of: $0.delivery)
      }
    }
  }
}
