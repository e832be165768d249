import DequeModule

/// So many values by their keys, of which the oldest makes room for a new one. A pure value.
struct RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    var value: Value
    /// Tells a key's present entry from one that was removed.
    let number: UInt64
  }

  private struct Place: Sendable {
    let key: Key
    let number: UInt64
  }

  private let limit: Int
  private var entries: [Key: Entry] = [:]
  /// The order in which the entries came. Those that were removed leave their places behind until
  /// these are as many as the others may be.
  private var places: Deque<Place> = []
  private var last: UInt64 = 0

  /// - Parameter limit: The most values, 1 or more.
  init(atMost limit: Int) { self.limit = limit }

  var count: Int { entries.count }
  var isEmpty: Bool { entries.isEmpty }

  subscript(key: Key) -> Value? { entries[key]?.value }

  /// Sets a key's value. One that has a value keeps its age.
  ///
  /// - Returns: The value that the key had before.
  @discardableResult
  mutating func set(_ key: Key, _ value: Value) -> Value? {
    if let index = entries.index(forKey: key) {
      let before = entries.values[index].value
      entries.values[index].value = value
      return before
    }
    last += 1
    entries[key] = Entry(value: value, number: last)
    places.append(Place(key: key, number: last))
    while entries.count > limit, let oldest = places.popFirst() {
      if isPresent(oldest) { entries[oldest.key] = nil }
    }
    if places.count > 2 * limit {
      places.removeAll { [entries] in entries[$0.key]?.number != $0.number }
    }
    return nil
  }

  mutating func remove(_ key: Key) { entries[key] = nil }

  private func isPresent(_ place: Place) -> Bool { entries[place.key]?.number == place.number }
}
