/// Waiters for some condition, in order of arrival.
///
/// The value is part of the locked state that decides when a wait is over. A waiter that was taken
/// out is resumed after the lock is released, because the code that then runs may need the lock.
///
/// ```swift
/// let ready = state.withLock { $0.waiters.takeAll() }
/// for waiter in ready { waiter.resume(returning: true) }
/// ```
package struct Waiters<Condition: Sendable, Outcome: Sendable>: Sendable {
  /// Identifies a waiter within one list.
  package struct ID: Equatable, Sendable {
    fileprivate let number: UInt64
  }

  /// A waiter with its condition.
  package struct Waiter: Sendable {
    fileprivate let id: ID
    fileprivate(set) var condition: Condition
    fileprivate let continuation: @Sendable (Outcome) -> Void

    /// Resumes the waiter. Must be called once.
    package func resume(returning outcome: Outcome) { continuation(outcome) }
  }

  private var waiters: [Waiter] = [] { didSet { isEmpty = waiters.isEmpty } }
  /// Stored, because the journal asks with each request: a look into the array would take the
  /// waiters' type, which is looked up at run time.
  package private(set) var isEmpty = true
  private var last: UInt64 = 0

  package init() {}

  package var count: Int { waiters.count }

  /// An ID for a waiter that is added later, when the caller needs the ID first.
  package mutating func makeID() -> ID {
    last += 1
    return ID(number: last)
  }

  /// Adds a waiter.
  ///
  /// - Parameters:
  ///   - condition: What it waits for.
  ///   - id: Its ID, from ``makeID()``. The default is a new one.
  ///   - continuation: Called when the wait is over.
  package mutating func add(
    _ condition: Condition, id: ID? = nil,
    _ continuation: @escaping @Sendable (Outcome) -> Void
  ) {
    let id = id ?? makeID()
    waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
  }

  /// Takes out the waiter that has waited longest.
  package mutating func takeFirst() -> Waiter? { waiters.isEmpty ? nil : waiters.removeFirst() }

  /// Takes out the waiter that has waited longest of those whose condition holds.
  package mutating func takeFirst(where holds: (Condition) -> Bool) -> Waiter? {
    waiters.firstIndex { holds($0.condition) }.map { waiters.remove(at: $0) }
  }

  /// Takes out all waiters.
  package mutating func takeAll() -> [Waiter] {
    guard !isEmpty else { return [] }
    defer { waiters = [] }
    return waiters
  }

  /// Takes out the waiters whose wait is over.
  ///
  /// - Parameter isOver: Checks each condition, and may change it for the next check.
  package mutating func take(where isOver: (inout Condition) -> Bool) -> [Waiter] {
    var taken: [Waiter] = []
    var kept: [Waiter] = []
    for var waiter in waiters {
      if isOver(&waiter.condition) { taken.append(waiter) } else { kept.append(waiter) }
    }
    waiters = kept
    return taken
  }

  /// Takes out a waiter by its ID.
  ///
  /// - Returns: The waiter; nil when it doesn't wait any more.
  package mutating func remove(_ id: ID) -> Waiter? {
    waiters.firstIndex { $0.id == id }.map { waiters.remove(at: $0) }
  }
}

extension Waiters where Condition == Void {
  /// Adds a waiter.
  ///
  /// - Parameter continuation: Called when the wait is over.
  package mutating func add(_ continuation: @escaping @Sendable (Outcome) -> Void) {
    add((), continuation)
  }
}

extension Waiters.Waiter where Outcome == Void {
  /// Resumes the waiter. Must be called once.
  package func resume() { resume(returning: ()) }
}
