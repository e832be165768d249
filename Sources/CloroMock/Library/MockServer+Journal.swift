extension MockServer {
  /// Consecutive entries of the journal.
  public struct JournalPage: Sendable, Hashable {
    /// The requests, newest last.
    public let entries: [SeenRequest]
    /// How many earlier entries were dropped since the journal was last cleared.
    public let dropped: Int
  }

  /// The recorded requests (`GET /_mock/journal`). A nil parameter sets no condition.
  ///
  /// - Parameters:
  ///   - key: Only requests of this key's organization.
  ///   - path: The path of the request, as sent.
  ///   - status: The status of the response.
  ///   - since: The ``SeenRequest/sequence`` of the last entry already seen: returns the first
  ///     entries after it instead of the newest ones.
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

  /// Clears the journal (`DELETE /_mock/journal`).
  ///
  /// - Parameter key: Removes only the entries of this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func removeJournal(key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      control.journal.clear(of: try control.keys.narrowed(to: key))
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
  ///   - count: How many, 1 or more. The default is 1.
  ///   - timeout: The longest wait, at most 10 minutes. It is real time, because the double's clock
  ///     may stand still. The default is 5 seconds. A cancelled task stops waiting.
  /// - Returns: All matching requests.
  /// - Throws: ``ControlRefusal`` 408 with the nearest misses when they didn't come, 400 for values
  ///   that can't be used, 404 when there is no such key, 409 when the journal is off.
  @discardableResult
  public func awaitJournal(
    key: String? = nil, method: String? = nil, path: String? = nil, status: Int? = nil,
    reason: String? = nil, count: Int = 1, timeout: Duration = .seconds(5)
  ) async throws(ControlRefusal) -> [SeenRequest] {
    let wait = JournalOperations.Wait(
      match: JournalFilter(key: key, method: method, path: path, status: status, reason: reason),
      count: count, timeoutMs: timeout.wholeMilliseconds)
    return try await performWaiting { control throws(ControlError) in
      try await control.journal.wait(wait).map { control.journal.renderer.seen($0) }
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
