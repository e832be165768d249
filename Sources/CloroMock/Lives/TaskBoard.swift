import DequeModule
import HashTreeCollections
import Simulation

/// The tasks of one organization: a pure value.
///
/// Highest priority first, first in first out within a priority; submission, pick-up and status
/// take the same time whatever the length of the queue. [contract: async tasks]
struct TaskBoard: Sendable {
  private var records = SlotStore<TaskRecord>()
  /// Trees instead of hash tables, which stop for a long time when they grow.
  private var slots: TreeDictionary<Identifier, Int> = [:]
  /// Identifiers by priority; those that left the queue otherwise are passed over.
  private var queues = Self.noQueues
  private var queuedByPriority = Self.noneQueued
  /// By the bytes of the keys: texts that Swift holds for equal may differ in them.
  private var byIdempotencyKey: TreeDictionary<[UInt8], Identifier> = [:]
  private(set) var queuedCount = 0
  private(set) var processingCount = 0

  /// Boards share these until they have a task: most of a ledger's organizations never have one.
  private static let noQueues = [Deque<Identifier>](repeating: [], count: 11)
  private static let noneQueued = [Int](repeating: 0, count: 11)

  /// Whether `count` more tasks fit.
  func hasRoom(for count: Int, limit: Int) -> Bool { queuedCount + count <= limit }

  func isBound(idempotencyKey key: String) -> Bool { byIdempotencyKey[Array(key.utf8)] != nil }

  subscript(id: Identifier) -> TaskRecord? { slots[id].flatMap { records[$0] } }

  /// All records, oldest first.
  var all: [TaskRecord] { records.all.sorted { $0.number < $1.number } }

  /// The number of queued tasks of each priority that has any, highest first.
  var breakdown: [(priority: Int, count: Int)] {
    (1...10).reversed().compactMap { priority in
      queuedByPriority[priority] > 0 ? (priority, queuedByPriority[priority]) : nil
    }
  }

  // MARK: The queue

  /// Queues a task.
  mutating func insert(_ record: TaskRecord) {
    slots[record.id] = records.insert(record)
    queues[record.submission.priority].append(record.id)
    count(record, by: 1)
    if let key = record.submission.idempotencyKey {
      byIdempotencyKey[Array(key.utf8)] = record.id
    }
  }

  /// Takes the identifier of the task whose turn it is out of the queue. The task itself is queued
  /// until it is told of its pick-up, which is to follow in the same step.
  mutating func takeNext() -> TaskRecord? {
    guard queuedCount > 0 else { return nil }
    for priority in (1...10).reversed() where queuedByPriority[priority] > 0 {
      while let id = queues[priority].popFirst() {
        if let record = self[id], case .queued = record.life.phase { return record }
      }
    }
    return nil
  }

  /// Counts a task in the phase that it is in, or takes it out of the count.
  private mutating func count(_ record: TaskRecord, by difference: Int) {
    switch record.status {
    case .queued:
      queuedByPriority[record.submission.priority] += difference
      queuedCount += difference
    case .processing: processingCount += difference
    case .completed, .failed: break
    }
  }

  /// Deletes every queued task whose end isn't on the way.
  ///
  /// - Returns: How many.
  mutating func clearQueue() -> Int {
    var cleared = 0
    for priority in 1...10 {
      for id in queues[priority] {
        guard let record = self[id], case .queued = record.life.phase else { continue }
        remove(id)
        cleared += 1
      }
      queues[priority] = []
    }
    return cleared
  }

  // MARK: Single tasks

  /// Changes a task.
  ///
  /// - Returns: What the change gives; nil when the task is gone.
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

  /// Changes every task, but none's status: queues and counts stay as they are.
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
