import Bytes
import Dispatch
import HTTPServer
import JSON
import Synchronization

/// Sends the journal to one client as server-sent events: each entry as one event, with its number
/// as the event's identifier.
///
/// The next events are made when the client has taken the last ones, so one that reads slowly costs
/// no memory: it is told how many entries were dropped meanwhile, by an event `dropped`.
final class JournalStream: Sendable {
  /// What a client asks for.
  struct Options: Sendable {
    var filter = JournalFilter()
    /// The number of the last entry that the client has. For one that wants the next ones only it
    /// is read before the stream's head is sent: who has seen the head misses nothing after it.
    var since: Int64
    var includesBodies = true
  }

  private struct State {
    /// Entries that were taken from the journal and aren't sent yet.
    var waiting: ArraySlice<Journal.Row> = []
    /// Whether events are being made or sent.
    var isBusy = false
    /// Whether entries have come since they were last looked for.
    var hasNews = false
    var listener: Int64?
    var isOver = false
  }

  /// How many entries are looked at for one piece of the stream.
  private static let stretch = 256
  /// How many bytes make a piece that no further event is added to.
  private static let pieceSize = 64 * 1024

  private let journal: Journal
  private let renderer: JournalRenderer
  private let options: Options
  private let stream: ResponseStream
  private let queue: DispatchQueue
  private let state = Mutex(State())

  /// - Parameter queue: Where events are made: not on an event loop.
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

  /// Begins to send; goes on until the client leaves.
  func start() {
    let listener = journal.listen(options.filter, after: options.since) { [self] in look() }
    state.withLock { $0.listener = listener }
    stream.whenGone { [self] in end() }
    stream.send(Array("retry: 1000\n\n".utf8)) { _ in }
    look()
  }

  private func end() {
    let listener = state.withLock { state in
      state.isOver = true
      return state.listener
    }
    if let listener { journal.removeListener(listener) }
  }

  /// Looks for entries, unless that is under way.
  private func look() {
    let begins = state.withLock { state in
      state.hasNews = true
      guard !state.isBusy, !state.isOver else { return false }
      state.isBusy = true
      return true
    }
    if begins { queue.async { self.send() } }
  }

  /// Sends what has come, piece after piece, until there is nothing left.
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
    // Not from here: while others are busy there may be no end to it.
    guard !events.isEmpty else { return queue.async { self.send() } }
    stream.send(events) { [self] delivery in
      if case .sent = delivery { queue.async { self.send() } }
    }
  }

  private func rest() {
    let isDone = state.withLock { state in
      // An entry may have come since it was looked for.
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
  /// - Parameter rows: Entries in order; those that are dealt with are taken away.
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
