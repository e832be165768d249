/// Timers that differ only in an identifier, by their times, and by arrival within the same time.
/// One takes 32 bytes, where a timer with an action of its own takes hundreds. A pure value.
///
/// They mostly arrive in order. Arrival, removal and the next one take about the same time however
/// many there are, because they are kept in short arrays of which one is moved at a time.
struct TimerLine: Sendable {
  struct Entry: Comparable, Sendable {
    let at: Timestamp
    let number: UInt64
    let id: Identifier

    static func < (left: Entry, right: Entry) -> Bool {
      left.at == right.at ? left.number < right.number : left.at < right.at
    }

    static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
  }

  /// The most entries of a chunk.
  private static let chunkSize = 256

  /// In order, none of them empty.
  private var chunks: [[Entry]] = []
  private(set) var count = 0

  var first: Entry? { chunks.first?[0] }

  mutating func insert(_ entry: Entry) {
    count += 1
    let place = max(0, chunks.partitioningIndex { entry < $0[0] } - 1)
    guard place < chunks.count else { return chunks.append([entry]) }
    if chunks[place].count == Self.chunkSize {
      if place == chunks.count - 1, chunks[place][Self.chunkSize - 1] < entry {
        return chunks.append([entry])
      }
      let upper = Array(chunks[place][(Self.chunkSize / 2)...])
      chunks[place].removeSubrange((Self.chunkSize / 2)...)
      chunks.insert(upper, at: place + 1)
      count -= 1
      return insert(entry)
    }
    chunks[place].insert(entry, at: chunks[place].partitioningIndex { entry < $0 })
  }

  mutating func removeFirst() -> Entry { take(0, 0) }

  /// Removes the timer with a number, which is set for that time.
  ///
  /// - Returns: Whether there was one.
  mutating func remove(at time: Timestamp, number: UInt64) -> Bool {
    func isLater(_ entry: Entry) -> Bool { (time, number) < (entry.at, entry.number) }
    let chunk = chunks.partitioningIndex { isLater($0[0]) } - 1
    guard chunk >= 0 else { return false }
    let place = chunks[chunk].partitioningIndex { isLater($0) } - 1
    guard place >= 0, chunks[chunk][place].number == number, chunks[chunk][place].at == time else {
      return false
    }
    _ = take(chunk, place)
    return true
  }

  private mutating func take(_ chunk: Int, _ place: Int) -> Entry {
    count -= 1
    let entry = chunks[chunk].remove(at: place)
    if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
    return entry
  }
}

extension Array {
  /// The index of the first element for which a condition holds that holds for all after it, too;
  /// the number of elements if there is none.
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
