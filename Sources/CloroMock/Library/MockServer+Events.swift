import JSON

extension MockServer {
  /// The requests as they are answered (`GET /_mock/events`), until the double stops or the reading
  /// task is cancelled. What is nil accepts all.
  ///
  /// ```swift
  /// for await request in try mock.events(status: 429) { print(request.reason) }
  /// ```
  ///
  /// Who reads slowly misses what the journal has dropped meanwhile.
  ///
  /// - Parameters:
  ///   - key: Narrows them to that key's organization.
  ///   - path: The path of the request, as sent.
  ///   - status: The status of the response.
  ///   - since: The ``SeenRequest/sequence`` of the last entry already seen; nil begins with the
  ///     next request.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key, 409 when the journal is off.
  public func events(
    key: String? = nil, path: String? = nil, status: Int? = nil, since: Int? = nil
  ) throws(ControlRefusal) -> AsyncStream<SeenRequest> {
    var filter = JournalFilter()
    do throws(ControlError) {
      filter.organization = try key.map { key throws(ControlError) in
        try control.key(key).organization.name
      }
      guard journal.isOn else { throw .conflict("The journal is off.") }
    } catch {
      throw ControlRefusal(error)
    }
    (filter.path, filter.status) = (path, status)
    let events = Events(
      journal: journal, renderer: JournalRenderer(library: control.library), filter: filter,
      cursor: since.map { Int64($0) } ?? journal.last)
    return AsyncStream { await events.next() }
  }

  /// Reads the journal on and on.
  private actor Events {
    private let journal: Journal
    private let renderer: JournalRenderer
    private let filter: JournalFilter
    private var cursor: Int64

    init(journal: Journal, renderer: JournalRenderer, filter: JournalFilter, cursor: Int64) {
      self.journal = journal
      self.renderer = renderer
      self.filter = filter
      self.cursor = cursor
    }

    func next() async -> SeenRequest? {
      while !Task.isCancelled {
        if let row = journal.page(filter, since: cursor, limit: 1).rows.first {
          cursor = row.sequence
          var bytes: [UInt8] = []
          renderer.write(row, to: &bytes)
          return try? SeenRequest(ControlReply(bytes).parsed())
        }
        guard await journal.wait(for: filter, after: cursor, count: 1, milliseconds: nil) else {
          return nil
        }
      }
      return nil
    }
  }
}
