/// New entries of the journal for one reader, with the number of entries that were dropped before
/// they could be read. Both `/_mock/events` and the library's events use it.
final class JournalFeed: Sendable {
  /// The next entries.
  struct Stretch: Sendable {
    /// The entries that the reader wants, oldest first.
    let rows: [Journal.Row]
    /// How many entries that the reader wants were dropped before these.
    let dropped: Int64
    /// The number of the last entry that was examined.
    let end: Int64
    /// Whether there were no entries to examine.
    let isEmpty: Bool
  }

  /// The entries that the reader wants.
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
  /// - Parameter limit: The most entries to examine.
  func next(atMost limit: Int) -> Stretch {
    let next = journal.next(of: listener, atMost: limit)
    return Stretch(
      rows: next.rows.filter { filter.accepts($0.entry) }, dropped: next.missed,
      end: next.cursor, isEmpty: next.rows.isEmpty)
  }

  /// Waits for an entry that the reader wants.
  ///
  /// - Parameter end: The number of the last entry that was examined.
  /// - Returns: False when the double has stopped, or the task is cancelled.
  func wait(after end: Int64) async -> Bool {
    await journal.wait(for: filter, after: end, count: 1, milliseconds: nil)
  }

  /// Ends the feed; `told` is not called any more.
  func end() { journal.removeListener(listener) }
}
