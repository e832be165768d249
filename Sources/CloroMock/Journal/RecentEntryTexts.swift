import Synchronization

/// The texts of entries that were shown lately. Whoever polls the journal or follows it beside
/// others is shown the same entries again, and an entry never changes.
final class RecentEntryTexts: Sendable {
  private struct Text: Sendable {
    /// Kept, so that no other entry can be in its place in memory.
    let entry: JournalEntry
    let bytes: [UInt8]
  }

  /// How many texts are kept; an entry has its place by its number.
  private static let places = 1024
  /// The longest text that is kept, in bytes.
  private static let longest = 8 * 1024

  private let texts = Mutex<[Text?]>([])

  /// Appends a text.
  ///
  /// - Parameter render: Makes it, unless it is known.
  func write(_ row: Journal.Row, to output: inout [UInt8], render: () -> [UInt8]) {
    let place = Int(row.sequence) % Self.places
    let known = texts.withLock { texts -> [UInt8]? in
      guard !texts.isEmpty, let text = texts[place], text.entry === row.entry else { return nil }
      return text.bytes
    }
    if let known { return output.append(contentsOf: known) }
    let bytes = render()
    output.append(contentsOf: bytes)
    guard bytes.count <= Self.longest else { return }
    texts.withLock { texts in
      if texts.isEmpty { texts = Array(repeating: nil, count: Self.places) }
      texts[place] = Text(entry: row.entry, bytes: bytes)
    }
  }
}
