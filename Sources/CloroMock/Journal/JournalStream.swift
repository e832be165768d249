import Bytes
import Dispatch
import HTTPServer
import JSON
import Synchronization

/// Sends the journal to one client as server-sent events: one event for each entry, with the
/// entry's number as the event's identifier.
///
/// The next events are made when the client has taken the last ones, so a client that reads slowly
/// takes no memory. An event `dropped` tells it how many entries were dropped meanwhile.
final class JournalStream: Sendable {
  /// What a client asks for.
  struct Options: Sendable {
    var filter = JournalFilter()
    /// The number of the last entry that the client has. If the client only wants new entries, this
    /// is read before the stream's head is sent, so that the client misses no entry after it has
    /// seen the head.
    var since: Int64
    var includesBodies = true
  }

  private struct State {
    /// Entries that were taken from the journal and aren't sent yet.
    var waiting: ArraySlice<Journal.Row> = []
    /// Whether events are being made or sent.
    var isBusy = false
    /// Whether there may be entries that haven't been fetched.
    var hasNews = false
    var listener: Int64?
    var isOver = false
  }

  /// How many entries are examined for one piece of the stream.
  private static let stretch = 256
  /// The size in bytes from which no further event is added to a piece.
  private static let pieceSize = 64 * 1024

  private let journal: Journal
  private let renderer: JournalRenderer
  private let options: Options
  private let stream: ResponseStream
  private let queue: DispatchQueue
  private let state = Mutex(State())

  /// - Parameter queue: The queue on which events are made; not an event loop.
  init(
    _ journal: Journal, _ renderer: JournalRenderer, _ options: Options, to stream: ResponseStream,
    queue: DispatchQueue
  ) {
    self.journal = journal
    self.renderer = renderer
    self.options = options
    self.stream = stream
    self.queue = queue
  }

  /// Starts sending; continues until the client leaves.
  func start() {
    let listener = journal.listen(options.filter, after: options.since) { [self] in fetch() }
    state.withLock { $0.listener = listener }
    stream.whenGone { [self] in end() }
    stream.send(Array("retry: 1000\n\n".utf8)) { _ in }
    fetch()
  }

  private func end() {
    let listener = state.withLock { state in
      state.isOver = true
      return state.listener
    }
    if let listener { journal.removeListener(listener) }
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
    let (listener, waiting) = state.withLock { state in
      state.hasNews = false
      return (state.listener, state.waiting)
    }
    var (rows, missed) = (waiting, Int64(0))
    if rows.isEmpty, let listener {
      let next = journal.next(of: listener, atMost: Self.stretch)
      (rows, missed) = (next.rows[...], next.missed)
    }
    guard !rows.isEmpty || missed > 0 else { return rest() }
    let events = events(&rows, missed)
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
  private func events(_ rows: inout ArraySlice<Journal.Row>, _ missed: Int64) -> [UInt8] {
    var output: [UInt8] = []
    if missed > 0 {
      output.append(contentsOf: "event: dropped\ndata: {\"dropped\":\(missed)}\n\n".utf8)
    }
    while output.count < Self.pieceSize, let row = rows.popFirst() {
      guard options.filter.accepts(row.entry) else { continue }
      output.append("id: ")
      output.append(decimal: row.sequence)
      output.append("\ndata: ")
      renderer.write(row, includesBodies: options.includesBodies, to: &output)
      output.append("\n\n")
    }
    return output
  }
}
