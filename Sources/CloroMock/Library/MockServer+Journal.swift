extension MockServer {
  /// A stretch of the journal.
  public struct JournalPage: Sendable, Hashable {
    /// The requests, newest last.
    public let entries: [SeenRequest]
    /// How many earlier ones had to make room since the journal was last emptied.
    public let dropped: Int
  }

  /// The requests that were seen (`GET /_mock/journal`). What is nil accepts all.
  ///
  /// - Parameters:
  ///   - key: Narrows it to that key's organization.
  ///   - path: The path of the request, as sent.
  ///   - status: The status of the response.
  ///   - since: The ``SeenRequest/sequence`` of the last entry already seen: asks for the first ones
  ///     after it instead of the newest ones.
  ///   - limit: The most entries, 0 or more.
  /// - Throws: ``ControlRefusal`` 400 for a number below 0, 404 when there is no such key.
  public func journal(
    key: String? = nil, path: String? = nil, status: Int? = nil, since: Int? = nil,
    limit: Int? = nil
  ) async throws(ControlRefusal) -> JournalPage {
    try await perform { control throws(ControlError) in
      let selection = JournalOperations.Selection(
        key: try control.keys.narrowed(to: key), path: path, status: status, since: since)
      let (rows, dropped) = try control.journal.page(selection, limit: limit)
      return JournalPage(
        entries: rows.map { control.journal.renderer.seen($0) }, dropped: Int(dropped))
    }
  }

  /// Empties the journal (`DELETE /_mock/journal`).
  ///
  /// - Parameter key: Forgets only the entries of that key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func removeJournal(key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      control.journal.clear(of: try control.keys.narrowed(to: key))
    }
  }

  /// Waits until the journal holds that many requests of a kind, those that are there already
  /// included (`POST /_mock/journal/await`). What is nil accepts all.
  ///
  /// - Parameters:
  ///   - key: The very key.
  ///   - method: The method, e.g. `POST`.
  ///   - path: The path, as sent.
  ///   - status: The status of the response.
  ///   - reason: A part of the reason's text.
  ///   - count: How many, 1 or more. The default is 1.
  ///   - timeout: The longest wait in real time, at most 10 minutes; the double's clock may stand
  ///     still. The default is 5 seconds. A cancelled task waits no longer.
  /// - Returns: All such requests.
  /// - Throws: ``ControlRefusal`` 408 with the nearest misses when they didn't come, 400 for values
  ///   that can't be used, 404 when there is no such key, 409 when the journal is off.
  @discardableResult
  public func awaitJournal(
    key: String? = nil, method: String? = nil, path: String? = nil, status: Int? = nil,
    reason: String? = nil, count: Int = 1, timeout: Duration = .seconds(5)
  ) async throws(ControlRefusal) -> [SeenRequest] {
    let (seconds, attoseconds) = timeout.components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    let wait = JournalOperations.Wait(
      match: JournalFilter(key: key, method: method, path: path, status: status, reason: reason),
      count: count,
      timeoutMs: Int(
        milliseconds.overflow
          ? seconds : milliseconds.partialValue + attoseconds / 1_000_000_000_000_000))
    return try await performWaiting { control throws(ControlError) in
      try await control.journal.wait(wait).map { control.journal.renderer.seen($0) }
    }
  }
}
