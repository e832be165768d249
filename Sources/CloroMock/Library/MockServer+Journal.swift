import CloroContract
import JSON

extension MockServer {
  /// Consecutive entries of the journal.
  public struct JournalPage: Sendable, Hashable {
    /// The requests, newest last.
    public let entries: [SeenRequest]
    /// How many earlier entries were dropped since the journal was last cleared.
    public let dropped: Int
    /// How many of those were refusals, which have half of the journal's room for themselves.
    public let droppedRefusals: Int
  }

  /// The recorded requests (`GET /_mock/journal`). A nil parameter sets no condition.
  ///
  /// - Parameters:
  ///   - key: Only requests of this key's organization.
  ///   - path: The path of the request, as sent.
  ///   - status: The status of the response.
  ///   - requestID: The request's identifier.
  ///   - traceparent: A trace by its 32 digits, or the whole value of the header `traceparent`.
  ///   - since: The ``SeenRequest/sequence`` of the last entry already seen: returns the first
  ///     entries after it instead of the newest ones.
  ///   - limit: The most entries, 0 or more.
  /// - Returns: The entries, which ``JournalPage/text(_:)`` writes in other forms too.
  /// - Throws: ``ControlRefusal`` 400 for a number below 0, 404 when there is no such key.
  public func journal(
    key: String? = nil, path: String? = nil, status: Int? = nil, requestID: String? = nil,
    traceparent: String? = nil, since: Int? = nil, limit: Int? = nil
  ) async throws(ControlRefusal) -> JournalPage {
    try await perform { control throws(ControlError) in
      let selection = JournalOperations.Selection(
        key: try control.keys.narrowed(to: key), path: path, status: status, requestID: requestID,
        traceparent: traceparent, since: since)
      let page = try control.journal.page(selection, limit: limit)
      return JournalPage(
        entries: page.rows.map { control.journal.renderer.seen($0) }, dropped: Int(page.dropped),
        droppedRefusals: Int(page.droppedRefusals))
    }
  }

  /// Clears the journal, or removes the entries that
  /// ``journal(key:path:status:requestID:traceparent:since:limit:)`` returns for these conditions
  /// (`DELETE /_mock/journal`). A nil parameter sets no condition.
  ///
  /// - Throws: ``ControlRefusal`` 400 for a number below 0, 404 when there is no such key.
  public func removeJournal(
    key: String? = nil, path: String? = nil, status: Int? = nil, requestID: String? = nil,
    traceparent: String? = nil, since: Int? = nil, limit: Int? = nil
  ) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      let selection = JournalOperations.Selection(
        key: try control.keys.narrowed(to: key), path: path, status: status, requestID: requestID,
        traceparent: traceparent, since: since)
      try control.journal.clear(selection, limit: limit)
    }
  }

  /// Waits until the journal holds so many matching requests, including those that are there
  /// already (`POST /_mock/journal/await`). A nil parameter sets no condition.
  ///
  /// - Parameters:
  ///   - key: The key.
  ///   - method: The method, e.g. `POST`.
  ///   - path: The path, as sent.
  ///   - status: The status of the response.
  ///   - reason: A part of the reason's text.
  ///   - requestID: The request's identifier.
  ///   - taskID: The task that it submitted alone, or asked for.
  ///   - traceparent: A trace by its 32 digits, or the whole value of the header `traceparent`.
  ///   - label: The label of its organization at that time.
  ///   - provider: The provider that was asked, by a task too.
  ///   - prompt: A condition on the question.
  ///   - country: The question's country, e.g. `US`.
  ///   - include: Flags that the question asks for.
  ///   - state: The question's state, e.g. `CA`.
  ///   - device: The question's device.
  ///   - body: Conditions on members of the question.
  ///   - count: How many, 1 or more. The default is 1.
  ///   - timeout: The longest wait, at most 10 minutes. It is real time, because the double's clock
  ///     may stand still. The default is 5 seconds. A cancelled task stops waiting.
  /// - Returns: All matching requests.
  /// - Throws: ``ControlRefusal`` 408 with the nearest misses when they didn't come, 400 for values
  ///   that can't be used, 404 when there is no such key, 409 when the journal is off.
  @discardableResult
  public func awaitJournal(
    key: String? = nil, method: String? = nil, path: String? = nil, status: Int? = nil,
    reason: String? = nil, requestID: String? = nil, taskID: String? = nil,
    traceparent: String? = nil, label: String? = nil, provider: Provider? = nil,
    prompt: PromptMatch? = nil,
    country: String? = nil, include: IncludeMatch? = nil, state: String? = nil,
    device: MonitorRequest.Device? = nil, body: BodyMatch? = nil, count: Int = 1,
    timeout: Duration = .seconds(5)
  ) async throws(ControlRefusal) -> [SeenRequest] {
    let wait = JournalOperations.Wait(
      match: JournalFilter(
        key: key, method: method, path: path, status: status, reason: reason, requestID: requestID,
        taskID: taskID, traceparent: traceparent, label: label, provider: provider, prompt: prompt,
        question: RuleMatch(
          country: country, include: include, state: state, device: device, body: body)),
      count: count, timeoutMs: timeout.wholeMilliseconds)
    return try await performWaiting { control throws(ControlError) in
      try await control.journal.wait(wait).map { control.journal.renderer.seen($0) }
    }
  }
}

extension MockServer.JournalPage {
  /// The page as a text in a form, as `GET /_mock/journal?format=` answers it.
  public func text(_ format: JournalFormat) -> String {
    switch format {
    case .json:
      let page: JSON = [
        "entries": .array(entries.map { $0.json() }), "dropped": JSON(dropped),
        "droppedRefusals": JSON(droppedRefusals),
      ]
      return String(decoding: page.encoded, as: UTF8.self)
    case .har: return String(decoding: HTTPArchive.json(of: entries).encoded, as: UTF8.self)
    case .jsonl:
      return entries.reduce(into: "") {
        $0 += String(decoding: $1.json().encoded, as: UTF8.self) + "\n"
      }
    }
  }
}

extension Duration {
  /// Whole milliseconds; a number that is as far out of any range when there are too many.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    return Int(
      milliseconds.overflow
        ? seconds : milliseconds.partialValue + attoseconds / 1_000_000_000_000_000)
  }
}
