/// A queue of millions. Growing never moves existing elements, so it doesn't stop for that, and
/// takes no more memory than the elements need. Some hundred that were taken out may be kept
/// as long as the one after them waits. A pure value.
struct LongQueue<Element: Sendable>: Sendable {
  private static var chunkSize: Int { 512 }

  private var chunks: [[Element]] = []
  /// How many elements of the first chunk are gone.
  private var gone = 0
  private(set) var count = 0

  mutating func append(_ element: Element) {
    count += 1
    if chunks.last?.count ?? Self.chunkSize == Self.chunkSize {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Self.chunkSize)
    }
    chunks[chunks.count - 1].append(element)
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    count -= 1
    let element = chunks[0][gone]
    gone += 1
    if gone == chunks[0].count {
      chunks.removeFirst()
      gone = 0
    }
    return element
  }

  /// Takes out the elements for which a condition holds.
  mutating func removeAll(where holds: (Element) -> Bool) {
    var rest = LongQueue()
    while let element = popFirst() {
      if !holds(element) { rest.append(element) }
    }
    self = rest
  }
}
