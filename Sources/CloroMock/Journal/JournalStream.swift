import Bytes
import HTTPServer
import Platform
import Synchronization

/// Sends the journal to one client as server-sent events: one event for each entry, with the
/// entry's number as the event's identifier.
///
/// The next events are made when the client has taken the last ones, so a client that reads slowly
/// takes no memory. An event `dropped` tells it how many entries were dropped meanwhile.
final class JournalStream: Sendable {
  private struct State {
    /// Entries that were taken from the journal and aren't sent yet.
    var waiting: ArraySlice<Journal.Row> = []
    /// Whether events are being made or sent.
    var isBusy = false
    /// Whether there may be entries that haven't been fetched.
    var hasNews = false
    var feed: JournalFeed?
    var isOver = false
  }

  /// How many entries are examined for one piece of the stream.
  private static let stretch = 256
  /// The size in bytes from which no further event is added to a piece.
  private static let pieceSize = 64 * 1024

  private let renderer: JournalRenderer
  private let includesBodies: Bool
  private let stream: ResponseStream
  private let queue: SerialQueue
  private let state = Mutex(State())

  /// - Parameters:
  ///   - includesBodies: Whether the client wants the bodies of requests and responses.
  ///   - queue: Where events are made: not on an event loop.
  init(
    _ renderer: JournalRenderer, includesBodies: Bool, to stream: ResponseStream,
    queue: SerialQueue
  ) {
    self.renderer = renderer
    self.includesBodies = includesBodies
    self.stream = stream
    self.queue = queue
  }

  /// Begins to send; goes on until the client leaves.
  ///
  /// - Parameter makeFeed: Makes the feed, which tells of each entry.
  func start(_ makeFeed: (_ told: @escaping @Sendable () -> Void) -> JournalFeed) {
    let feed = makeFeed { [self] in fetch() }
    state.withLock { $0.feed = feed }
    stream.whenGone { [self] in end() }
    stream.send(Array("retry: 1000\n\n".utf8)) { _ in }
    fetch()
  }

  private func end() {
    let feed = state.withLock { state in
      state.isOver = true
      return state.feed
    }
    feed?.end()
  }

  /// Starts fetching entries, unless that is running already.
  private func fetch() {
    let begins = state.withLock { state in
      state.hasNews = true
      guard !state.isBusy, !state.isOver else { return false }
      state.isBusy = true
      return true
    }
    if begins { queue.async { self.send() } }
  }

  /// Sends the entries that have arrived, piece after piece, until there are none left.
  private func send() {
    let (feed, waiting) = state.withLock { state in
      state.hasNews = false
      return (state.feed, state.waiting)
    }
    var (rows, dropped) = (waiting, Int64(0))
    if rows.isEmpty {
      guard let next = feed?.next(atMost: Self.stretch), !next.isEmpty || next.dropped > 0 else {
        return rest()
      }
      (rows, dropped) = (next.rows[...], next.dropped)
    }
    let events = events(&rows, dropped)
    state.withLock { $0.waiting = rows }
    // Continued as a new block on the queue and not by recursion, because entries may arrive
    // without end.
    guard !events.isEmpty else { return queue.async { self.send() } }
    stream.send(events) { [self] delivery in
      if case .sent = delivery { queue.async { self.send() } }
    }
  }

  private func rest() {
    let isDone = state.withLock { state in
      // An entry may have arrived since the journal was last read.
      guard state.hasNews, !state.isOver else {
        state.isBusy = false
        return true
      }
      return false
    }
    if !isDone { queue.async { self.send() } }
  }

  /// Events for a piece.
  ///
  /// - Parameter rows: Entries in order; those that have been processed are removed.
  private func events(_ rows: inout ArraySlice<Journal.Row>, _ dropped: Int64) -> [UInt8] {
    var output: [UInt8] = []
    if dropped > 0 {
      output.append(contentsOf: "event: dropped\ndata: {\"dropped\":\(dropped)}\n\n".utf8)
    }
    while output.count < Self.pieceSize, let row = rows.popFirst() {
      output.append("id: ")
      output.append(decimal: row.sequence)
      output.append("\ndata: ")
      renderer.write(row, includesBodies: includesBodies, to: &output)
      output.append("\n\n")
    }
    return output
  }
}
