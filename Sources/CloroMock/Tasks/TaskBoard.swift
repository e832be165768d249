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
    let priority = record.submission.priority
    slots[record.id] = records.insert(record)
    queues[priority].append(record.id)
    queuedByPriority[priority] += 1
    queuedCount += 1
    if let key = record.submission.idempotencyKey {
      byIdempotencyKey[Array(key.utf8)] = record.id
    }
  }

  /// Takes the next task out of the queue; it is processing from here on.
  mutating func startNext(at now: Timestamp) -> TaskRecord? {
    guard queuedCount > 0 else { return nil }
    for priority in (1...10).reversed() where queuedByPriority[priority] > 0 {
      while let id = queues[priority].popFirst() {
        guard self[id]?.status == .queued else { continue }
        leaveQueue(priority)
        processingCount += 1
        return update(id) { record in
          record.status = .processing
          record.startedAt = now
        }
      }
    }
    return nil
  }

  private mutating func leaveQueue(_ priority: Int) {
    queuedByPriority[priority] -= 1
    queuedCount -= 1
  }

  /// Deletes every queued task that isn't being finished.
  ///
  /// - Returns: How many.
  mutating func clearQueue() -> Int {
    var cleared = 0
    for priority in 1...10 {
      var kept: Deque<Identifier> = []
      for id in queues[priority] {
        guard let record = self[id], record.status == .queued else { continue }
        guard !record.isFinishing else {
          kept.append(id)
          continue
        }
        leaveQueue(priority)
        remove(id)
        cleared += 1
      }
      queues[priority] = kept
    }
    return cleared
  }

  // MARK: Single tasks

  /// Changes a task.
  ///
  /// - Returns: The changed task; nil when it is gone.
  @discardableResult
  mutating func update(_ id: Identifier, _ change: (inout TaskRecord) -> Void) -> TaskRecord? {
    guard let slot = slots[id], var record = records[slot] else { return nil }
    change(&record)
    records[slot] = record
    return record
  }

  /// Changes every task; queues and keys stay as they are.
  mutating func updateAll(_ change: (inout TaskRecord) -> Void) { records.updateAll(change) }

  /// Marks the one attempt to end a task.
  ///
  /// - Returns: The task; nil when it is gone, finished or being finished.
  mutating func claimEnd(_ id: Identifier) -> TaskRecord? {
    guard let record = self[id], !record.isEnding else { return nil }
    return update(id) { $0.isFinishing = true }
  }

  /// Ends a task that ``claimEnd(_:)`` gave.
  ///
  /// - Returns: The finished task; nil when it is gone.
  mutating func finish(
    _ id: Identifier, _ status: TaskStatus, outcome: TaskRecord.Outcome, charged: Int64,
    at now: Timestamp
  ) -> TaskRecord? {
    guard let before = self[id] else { return nil }
    if before.status == .processing {
      processingCount -= 1
    } else {
      leaveQueue(before.submission.priority)
    }
    let finished = update(id) { record in
      record.status = status
      record.outcome = outcome
      record.creditsCharged = charged
      record.finishedAt = now
      record.isFinishing = false
      record.isHeld = false
    }
    update(id) { $0.whenFinished = [] }
    return finished
  }

  /// Deletes a task and frees its idempotency key.
  mutating func remove(_ id: Identifier) {
    guard let slot = slots.removeValue(forKey: id), let record = records[slot] else { return }
    records.remove(slot)
    guard let key = record.submission.idempotencyKey.map({ Array($0.utf8) }) else { return }
    if byIdempotencyKey[key] == id { byIdempotencyKey[key] = nil }
  }
}
