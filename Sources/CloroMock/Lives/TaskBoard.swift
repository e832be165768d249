import DequeModule
import HashTreeCollections
import Simulation

/// The tasks of one organization: a pure value.
///
/// Highest priority first, first in first out within a priority. Submission, pick-up and status
/// take the same time regardless of the queue's length. [contract: async tasks]
struct TaskBoard: Sendable {
  private var records = SlotStore<TaskRecord>()
  /// Trees instead of hash tables, because a hash table stops for a long time when it grows.
  private var slots: TreeDictionary<Identifier, Int> = [:]
  /// Identifiers by priority; those of tasks that are no longer queued are skipped.
  private var queues = Self.noQueues
  private var queuedByPriority = Self.noneQueued
  /// By the bytes of the keys, because Swift may consider different texts equal.
  private var byIdempotencyKey: TreeDictionary<[UInt8], Identifier> = [:]
  /// How many tasks were ever queued.
  private(set) var inserted: UInt64 = 0
  private(set) var queuedCount = 0
  private(set) var processingCount = 0
  /// The most tasks that waited at a time, once those were picked up for which slots were free.
  private(set) var peak = 0

  /// Boards share these queues until they have a task, because most organizations of a large ledger
  /// never have one.
  private static let noQueues = [Deque<Identifier>](repeating: [], count: 11)
  private static let noneQueued = [Int](repeating: 0, count: 11)

  init() {}

  /// A board as it was before.
  ///
  /// - Parameters:
  ///   - records: With their places.
  ///   - waiting: The tasks that wait for a pick-up, those of each priority in its order.
  ///   - inserted: How many tasks were ever queued.
  ///   - peak: The most that have waited at a time.
  init(_ records: [TaskRecord], waiting: [Identifier], inserted: UInt64, peak: Int) {
    for record in records {
      slots[record.id] = self.records.insert(record)
      count(record, by: 1)
      if let key = record.submission.idempotencyKey {
        byIdempotencyKey[Array(key.utf8)] = record.id
      }
    }
    for id in waiting {
      if let record = self[id] { queues[record.submission.priority].append(id) }
    }
    self.inserted = inserted
    self.peak = peak
  }

  /// The board with finished tasks that it may lack.
  func joined(by tasks: [TaskRecord]) -> TaskBoard {
    let missing = tasks.filter { self[$0.id] == nil }
    guard !missing.isEmpty else { return self }
    return TaskBoard(missing + all, waiting: waiting, inserted: inserted, peak: peak)
  }

  /// The tasks that wait for a pick-up, in the order in which they are picked up.
  var waiting: [Identifier] {
    queues.reversed().flatMap { queue in
      queue.filter { id in
        if case .queued? = self[id]?.life.phase { true } else { false }
      }
    }
  }

  /// Whether `count` more tasks fit.
  func hasRoom(for count: Int, limit: Int) -> Bool { queuedCount + count <= limit }

  func isBound(idempotencyKey key: String) -> Bool { byIdempotencyKey[Array(key.utf8)] != nil }

  subscript(id: Identifier) -> TaskRecord? { slots[id].flatMap { records[$0] } }

  /// The identifier of the task with an idempotency key.
  func id(ofIdempotencyKey key: [UInt8]) -> Identifier? { byIdempotencyKey[key] }

  /// How many tasks there are, finished ones included.
  var count: Int { records.count }

  /// All records, oldest first.
  var all: [TaskRecord] { records.all.sorted { $0.number < $1.number } }

  /// The number of queued tasks of each priority that has any, highest first.
  var breakdown: [(priority: Int, count: Int)] {
    (1...10).reversed().compactMap { priority in
      queuedByPriority[priority] > 0 ? (priority, queuedByPriority[priority]) : nil
    }
  }

  /// The tasks, counted one by one.
  struct Census: Equatable, Sendable {
    var queued = 0
    /// Each holds a slot.
    var processing = 0
    var finished = 0
    /// Those that wait for a pick-up, and how many of them the queues lead to.
    var waiting = 0
    var reachable = 0

    mutating func add(_ other: Census) {
      queued += other.queued
      processing += other.processing
      finished += other.finished
      waiting += other.waiting
      reachable += other.reachable
    }
  }

  func census() -> Census {
    var census = Census()
    for record in records.all {
      switch record.status {
      case .queued: census.queued += 1
      case .processing: census.processing += 1
      case .completed, .failed: census.finished += 1
      }
      if case .queued = record.life.phase { census.waiting += 1 }
    }
    for queue in queues {
      census.reachable += queue.count { id in
        if case .queued? = self[id]?.life.phase { true } else { false }
      }
    }
    return census
  }

  // MARK: The queue

  /// Gives the next place to a task that is going to be queued.
  mutating func nextPlace() -> UInt64 {
    inserted += 1
    return inserted
  }

  /// Queues a task. It gets the next place unless it has one.
  mutating func insert(_ record: TaskRecord) {
    var record = record
    if record.place == 0 { record.place = nextPlace() }
    slots[record.id] = records.insert(record)
    queues[record.submission.priority].append(record.id)
    count(record, by: 1)
    if let key = record.submission.idempotencyKey {
      byIdempotencyKey[Array(key.utf8)] = record.id
    }
  }

  /// Removes the identifier of the next task from the queue. The task itself stays queued until its
  /// pick-up is reported, which must follow in the same step.
  mutating func takeNext() -> TaskRecord? {
    guard queuedCount > 0 else { return nil }
    for priority in (1...10).reversed() where queuedByPriority[priority] > 0 {
      while let id = queues[priority].popFirst() {
        if let record = self[id], case .queued = record.life.phase { return record }
      }
    }
    return nil
  }

  /// Notes how many tasks wait, when no further one can be picked up.
  mutating func noteWaiting() {
    if queuedCount > peak { peak = queuedCount }
  }

  /// Adds a task to the count of its phase, or subtracts it.
  private mutating func count(_ record: TaskRecord, by difference: Int) {
    switch record.status {
    case .queued:
      queuedByPriority[record.submission.priority] += difference
      queuedCount += difference
    case .processing: processingCount += difference
    case .completed, .failed: break
    }
  }

  /// Puts a task back into the queue, behind those of its priority.
  mutating func requeue(_ record: TaskRecord) {
    queues[record.submission.priority].append(record.id)
  }

  /// Deletes every task that waits for its first or another attempt and isn't being ended.
  ///
  /// - Returns: What was deleted, whose timers are to be cancelled.
  mutating func clearQueue() -> [TaskRecord] {
    var cleared: [TaskRecord] = []
    for priority in 1...10 {
      for id in queues[priority] {
        guard let record = self[id], case .queued = record.life.phase else { continue }
        remove(id)
        cleared.append(record)
      }
      queues[priority] = []
    }
    // Few wait for another attempt, so usually nothing is left to look for.
    guard queuedCount > 0 else { return cleared }
    for record in records.all {
      guard case .backingOff = record.life.phase else { continue }
      remove(record.id)
      cleared.append(record)
    }
    return cleared
  }

  // MARK: Single tasks

  /// Changes a task.
  ///
  /// - Returns: The result of the change; nil when the task is gone.
  @discardableResult
  mutating func update<Result>(
    _ id: Identifier, _ change: (inout TaskRecord) -> Result
  ) -> Result? {
    guard let slot = slots[id], var record = records[slot] else { return nil }
    count(record, by: -1)
    let result = change(&record)
    count(record, by: 1)
    records[slot] = record
    return result
  }

  /// Changes every task without changing its status; queues and counts stay as they are.
  mutating func updateAll(_ change: (inout TaskRecord) -> Void) { records.updateAll(change) }

  /// Deletes a task and frees its idempotency key.
  mutating func remove(_ id: Identifier) {
    guard let slot = slots.removeValue(forKey: id), let record = records[slot] else { return }
    count(record, by: -1)
    records.remove(slot)
    guard let key = record.submission.idempotencyKey.map({ Array($0.utf8) }) else { return }
    if byIdempotencyKey[key] == id { byIdempotencyKey[key] = nil }
  }
}
