import JSON

/// All keys in the order in which they were added, by text and by organization. A pure value.
///
/// The time of a change depends on the number of changed keys and not on the number of all keys,
/// because a reset removes the keys one by one.
struct KeyTable: Sendable {
  private struct Entry: Sendable {
    var key: APIKey
    /// The key's place in `order`.
    var place: Int
  }

  private var entries = NameTable<Entry>()
  /// The texts in the order in which they were added; nil where a key was removed.
  private var order: [String?] = []
  /// The texts of each organization's keys, by its name.
  private var texts = NameTable<Set<ByteText>>()

  /// The key of that text.
  subscript(text: String) -> APIKey? { entries[text]?.key }

  /// All keys in their order.
  var all: [APIKey] { order.compactMap { $0.flatMap { entries[$0]?.key } } }

  /// An organization's keys in their order.
  func keys(of organization: String) -> [APIKey] {
    let own = (texts[organization] ?? []).compactMap { entries[$0.text] }
    return own.sorted { $0.place < $1.place }.map(\.key)
  }

  /// How many keys there are.
  var count: Int { entries.count }

  /// How many keys an organization has.
  func count(of organization: String) -> Int { texts[organization]?.count ?? 0 }

  /// Makes room for that many keys.
  mutating func reserveCapacity(_ count: Int) {
    entries.reserveCapacity(count)
    order.reserveCapacity(count)
    texts.reserveCapacity(count)
  }

  /// Adds a key at the end, or replaces the key with the same text.
  mutating func put(_ key: APIKey) {
    if let old = entries[key.text] {
      forget(old.key)
      entries[key.text] = Entry(key: key, place: old.place)
    } else {
      entries[key.text] = Entry(key: key, place: order.count)
      order.append(key.text)
    }
    texts[key.organization.name, default: []].insert(ByteText(key.text))
  }

  /// Removes a key, if it is there.
  ///
  /// - Returns: Whether its organization has no key left.
  mutating func remove(_ text: String) -> Bool {
    guard let entry = entries.removeValue(for: text) else { return false }
    forget(entry.key)
    order[entry.place] = nil
    closeGaps()
    return texts[entry.key.organization.name] == nil
  }

  /// Sorts the keys in a given order; keys that aren't in it come last.
  mutating func sort(_ wanted: [String]) {
    var left = Set(order.compactMap { $0.map(ByteText.init) })
    let first = wanted.filter { left.remove(ByteText($0)) != nil }
    arrange(first + order.compactMap { $0 }.filter { left.contains(ByteText($0)) })
  }

  private mutating func forget(_ key: APIKey) {
    let name = key.organization.name
    texts[name]?.remove(ByteText(key.text))
    if texts[name]?.isEmpty == true { texts[name] = nil }
  }

  /// Called only when half of the order is gaps, so that each removal takes constant time on
  /// average.
  private mutating func closeGaps() {
    guard order.count > 2 * entries.count + 16 else { return }
    arrange(order.compactMap { $0 })
  }

  private mutating func arrange(_ texts: [String]) {
    order = texts
    for (place, text) in texts.enumerated() { entries[text]?.place = place }
  }
}
