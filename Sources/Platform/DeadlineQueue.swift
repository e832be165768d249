/// Values that are due at times of the monotonic clock, the earliest first. A pure value: a binary
/// heap.
package struct DeadlineQueue<Value> {
  private struct Entry {
    let deadline: Int64
    let number: UInt64
    let value: Value

    /// Of two that are due at the same time, the one that was added first comes first.
    func comesBefore(_ other: Entry) -> Bool {
      (deadline, number) < (other.deadline, other.number)
    }
  }

  private var entries: [Entry] = []
  private var last: UInt64 = 0

  package init() {}

  /// When the next value is due, in monotonic nanoseconds; nil when there is none.
  package var nextDeadline: Int64? { entries.first?.deadline }

  /// Adds a value.
  ///
  /// - Parameter deadline: When it is due, in monotonic nanoseconds.
  package mutating func add(_ value: Value, at deadline: Int64) {
    last += 1
    entries.append(Entry(deadline: deadline, number: last, value: value))
    var child = entries.count - 1
    while child > 0, case let parent = (child - 1) / 2, entries[child].comesBefore(entries[parent])
    {
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the next value that is due.
  ///
  /// - Parameter now: In monotonic nanoseconds.
  package mutating func takeDue(at now: Int64) -> Value? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    let moved = entries.removeLast()
    guard !entries.isEmpty else { return first.value }
    entries[0] = moved
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].comesBefore(entries[least]) {
        least = child
      }
      guard least != parent else { return first.value }
      entries.swapAt(parent, least)
      parent = least
    }
  }

  package mutating func removeAll() { entries = [] }
}
