/// The journal's entries for one who reads on and on, with how many were dropped before they could
/// be read. What is sent as events and what the library's events are comes from here.
final class JournalFeed: Sendable {
  /// The next entries.
  struct Stretch: Sendable {
    /// Those that the reader wants, oldest first.
    let rows: [Journal.Row]
    /// How many that it wants were dropped before.
    let dropped: Int64
    /// The number of the last entry that was looked at.
    let end: Int64
    /// Whether there was nothing to look at.
    let isEmpty: Bool
  }

  /// What the reader wants.
  let filter: JournalFilter
  private let journal: Journal
  private let listener: Int64

  /// - Parameters:
  ///   - start: The number of the last entry that the reader has.
  ///   - told: Called after each entry, from any thread, until the feed ends.
  init(
    _ journal: Journal, _ filter: JournalFilter, after start: Int64,
    told: @escaping @Sendable () -> Void
  ) {
    self.journal = journal
    self.filter = filter
    listener = journal.listen(filter, after: start, told)
  }

  deinit { end() }

  /// The next entries.
  ///
  /// - Parameter limit: How many to look at, at most.
  func next(atMost limit: Int) -> Stretch {
    let next = journal.next(of: listener, atMost: limit)
    return Stretch(
      rows: next.rows.filter { filter.accepts($0.entry) }, dropped: next.missed,
      end: next.cursor, isEmpty: next.rows.isEmpty)
  }

  /// Waits for an entry that the reader wants.
  ///
  /// - Parameter end: The number of the last entry that was looked at.
  /// - Returns: False when the double has stopped, or the task is cancelled.
  func wait(after end: Int64) async -> Bool {
    await journal.wait(for: filter, after: end, count: 1, milliseconds: nil)
  }

  /// Ends the feed: nobody is told any more.
  func end() { journal.removeListener(listener) }
}
