extension MockServer {
  /// The requests as they are answered (`GET /_mock/events`), until the double stops or the reading
  /// task is cancelled. A nil parameter sets no condition.
  ///
  /// ```swift
  /// for await request in try mock.events(status: 429) { print(request.reason) }
  /// ```
  ///
  /// A slow reader misses the entries that the journal drops meanwhile. The next request then has
  /// their number in ``SeenRequest/droppedBefore``.
  ///
  /// - Parameters:
  ///   - key: Only requests of this key's organization.
  ///   - path: The path of the request, as sent.
  ///   - status: The status of the response.
  ///   - traceparent: A trace by its 32 digits, or the whole value of the header `traceparent`.
  ///   - since: The ``SeenRequest/sequence`` of the last entry already seen; nil begins with the
  ///     next request.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key, 409 when the journal is off.
  public func events(
    key: String? = nil, path: String? = nil, status: Int? = nil,
    traceparent: String? = nil, since: Int? = nil
  ) throws(ControlRefusal) -> AsyncStream<SeenRequest> {
    do throws(ControlError) {
      let selection = JournalOperations.Selection(
        key: try operations.keys.narrowed(to: key), path: path, status: status,
        traceparent: traceparent, since: since)
      try operations.journal.requireEntries()
      let events = Events(
        operations.journal.feed(selection), renderer: operations.journal.renderer)
      return AsyncStream { await events.next() }
    } catch {
      throw ControlRefusal(error)
    }
  }

  /// Reads the journal on and on.
  private actor Events {
    /// How many entries are looked at for one stretch.
    private static let stretch = 256

    private let feed: JournalFeed
    private let renderer: JournalRenderer
    /// Entries that were taken from the journal and aren't read yet.
    private var waiting: ArraySlice<Journal.Row> = []
    /// How many were dropped before these.
    private var dropped: Int64 = 0

    init(_ feed: JournalFeed, renderer: JournalRenderer) {
      self.feed = feed
      self.renderer = renderer
    }

    func next() async -> SeenRequest? {
      while !Task.isCancelled {
        if let row = waiting.popFirst() {
          var request = renderer.seen(row)
          request.droppedBefore = Int(dropped)
          dropped = 0
          return request
        }
        let next = feed.next(atMost: Self.stretch)
        (waiting, dropped) = (next.rows[...], dropped + next.dropped)
        guard next.isEmpty else { continue }
        guard await feed.wait(after: next.end) else { return nil }
      }
      return nil
    }
  }
}
