import HeapModule

/// Waiting timers, ordered by time, and by arrival within the same time. A pure value.
struct TimerQueue<Action: Sendable> {
  /// Identifies a waiting timer.
  struct ID: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  struct Due: Sendable {
    let id: ID
    let at: Timestamp
    let action: Action
  }

  private struct Entry: Comparable {
    let at: Timestamp
    let number: UInt64

    static func < (left: Entry, right: Entry) -> Bool {
      (left.at, left.number) < (right.at, right.number)
    }
  }

  private var heap = Heap<Entry>()
  private var actions: [UInt64: Action] = [:]
  private var lastNumber: UInt64 = 0

  /// How many timers wait.
  var count: Int { actions.count }

  /// Adds a timer.
  mutating func insert(at time: Timestamp, _ action: Action) -> ID {
    lastNumber += 1
    heap.insert(Entry(at: time, number: lastNumber))
    actions[lastNumber] = action
    return ID(number: lastNumber)
  }

  /// Cancels a timer; does nothing when it has fired.
  mutating func cancel(_ id: ID) {
    guard actions.removeValue(forKey: id.number) != nil else { return }
    // Cancelled entries stay in the heap until they reach its top, unless they outnumber the
    // waiting ones.
    if heap.count > 64, heap.count > actions.count * 2 {
      heap = Heap(heap.unordered.filter { actions[$0.number] != nil })
    }
  }

  /// When the next timer is due.
  mutating func nextTime() -> Timestamp? {
    while let first = heap.min {
      if actions[first.number] != nil { return first.at }
      heap.removeMin()
    }
    return nil
  }

  /// Removes and returns the next timer if it is due.
  mutating func popDue(at now: Timestamp) -> Due? {
    guard let next = nextTime(), next <= now else { return nil }
    let entry = heap.removeMin()
    let action = actions.removeValue(forKey: entry.number)!
    return Due(id: ID(number: entry.number), at: entry.at, action: action)
  }
}
