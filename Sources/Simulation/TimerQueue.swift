import HeapModule

/// Waiting timers, ordered by time, and by arrival within the same time. A pure value.
///
/// Timers of which there may be millions, and which differ only in an identifier, stand in the line
/// of their owner.
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

  /// The timers of one owner that differ only in an identifier.
  private struct Line: Sendable {
    var timers = TimerLine()
    let action: @Sendable (Identifier) -> Action
  }

  /// The timers with actions of their own, and the first one of each line.
  private var heap = Heap<Entry>()
  private var actions: [UInt64: Action] = [:]
  private var lines: [ObjectIdentifier: Line] = [:]
  /// The lines' owners by the numbers of their first timers.
  private var heads: [UInt64: ObjectIdentifier] = [:]
  private var countInLines = 0
  private var lastNumber: UInt64 = 0

  /// How many timers wait.
  var count: Int { actions.count + countInLines }

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
    tidy()
  }

  /// Cancelled entries stay in the heap until they reach its top, unless they outnumber the
  /// waiting ones.
  private mutating func tidy() {
    if heap.count > 64, heap.count > (actions.count + heads.count) * 2 {
      heap = Heap(heap.unordered.filter { waits($0.number) })
    }
  }

  private func waits(_ number: UInt64) -> Bool {
    actions[number] != nil || heads[number] != nil
  }

  // MARK: Lines

  /// Adds a timer to the line of an owner.
  ///
  /// - Parameter action: Makes the action of each of the owner's timers. It is used when this is
  ///   the only one.
  /// - Returns: Its number, by which it is cancelled.
  mutating func insert(
    at time: Timestamp, _ id: Identifier, inLineOf owner: ObjectIdentifier,
    action: @escaping @Sendable (Identifier) -> Action
  ) -> UInt64 {
    lastNumber += 1
    countInLines += 1
    let before = lines[owner]?.timers.first?.number
    lines[owner, default: Line(action: action)].timers.insert(
      TimerLine.Entry(at: time, number: lastNumber, id: id))
    lead(owner, before)
    return lastNumber
  }

  /// Cancels a timer of a line; does nothing when it has fired.
  mutating func cancel(at time: Timestamp, number: UInt64, inLineOf owner: ObjectIdentifier) {
    let before = lines[owner]?.timers.first?.number
    guard lines[owner]?.timers.remove(at: time, number: number) == true else { return }
    countInLines -= 1
    lead(owner, before)
    tidy()
  }

  /// Cancels all timers of a line.
  ///
  /// - Returns: Those timers, whose memory is better given back when no lock is held.
  mutating func cancelLine(of owner: ObjectIdentifier) -> TimerLine {
    guard let line = lines.removeValue(forKey: owner) else { return TimerLine() }
    countInLines -= line.timers.count
    if let first = line.timers.first { heads[first.number] = nil }
    tidy()
    return line.timers
  }

  /// Puts the first timer of a line into the heap, if it is another one than before.
  private mutating func lead(_ owner: ObjectIdentifier, _ before: UInt64?) {
    let first = lines[owner]?.timers.first
    guard first?.number != before else { return }
    if let before { heads[before] = nil }
    guard let first else {
      lines[owner] = nil
      return
    }
    heads[first.number] = owner
    heap.insert(Entry(at: first.at, number: first.number))
  }

  /// When the next timer is due.
  mutating func nextTime() -> Timestamp? {
    while let first = heap.min {
      if waits(first.number) { return first.at }
      heap.removeMin()
    }
    return nil
  }

  /// Removes and returns the next timer if it is due.
  mutating func popDue(at now: Timestamp) -> Due? {
    guard let next = nextTime(), next <= now else { return nil }
    let entry = heap.removeMin()
    if let owner = heads[entry.number], let action = lines[owner]?.action {
      let timer = lines[owner]!.timers.removeFirst()
      countInLines -= 1
      lead(owner, entry.number)
      return Due(id: ID(number: entry.number), at: entry.at, action: action(timer.id))
    }
    let action = actions.removeValue(forKey: entry.number)!
    return Due(id: ID(number: entry.number), at: entry.at, action: action)
  }
}
