import DequeModule

/// The tasks of one organization: a pure value.
///
/// Highest priority first, first in first out within a priority; submission, pick-up and status
/// take the same time whatever the length of the queue. [contract: async tasks]
struct TaskBoard: Sendable {
  private var records: [String: TaskRecord] = [:]
  /// Identifiers by priority; those that left the queue otherwise are passed over.
  private var queues = [Deque<String>](repeating: [], count: 11)
  private var queuedByPriority = [Int](repeating: 0, count: 11)
  private var byIdempotencyKey: [String: String] = [:]
  private(set) var queuedCount = 0
  private(set) var processingCount = 0

  /// Whether `count` more tasks fit.
  func hasRoom(for count: Int, limit: Int) -> Bool { queuedCount + count <= limit }

  func isBound(idempotencyKey key: String) -> Bool { byIdempotencyKey[key] != nil }

  subscript(id: String) -> TaskRecord? { records[id] }

  /// All records, newest last.
  var all: [TaskRecord] {
    records.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
  }

  /// The number of queued tasks of each priority that has any, highest first.
  var breakdown: [(priority: Int, count: Int)] {
    (1...10).reversed().compactMap { priority in
      queuedByPriority[priority] > 0 ? (priority, queuedByPriority[priority]) : nil
    }
  }

  /// Queues a task.
  mutating func insert(_ record: TaskRecord) {
    let priority = record.submission.priority
    records[record.id] = record
    queues[priority].append(record.id)
    queuedByPriority[priority] += 1
    queuedCount += 1
    if let key = record.submission.idempotencyKey { byIdempotencyKey[key] = record.id }
  }

  /// Takes the next task out of the queue; it is processing from here on.
  mutating func startNext(at now: Timestamp) -> TaskRecord? {
    guard queuedCount > 0 else { return nil }
    for priority in (1...10).reversed() where queuedByPriority[priority] > 0 {
      while let id = queues[priority].popFirst() {
        guard records[id]?.status == .queued else { continue }
        leaveQueue(priority)
        processingCount += 1
        records[id]!.status = .processing
        records[id]!.startedAt = now
        return records[id]
      }
    }
    return nil
  }

  private mutating func leaveQueue(_ priority: Int) {
    queuedByPriority[priority] -= 1
    queuedCount -= 1
  }

  /// Changes details of a task that don't concern its status.
  mutating func update(_ id: String, _ change: (inout TaskRecord) -> Void) {
    guard var record = records[id] else { return }
    change(&record)
    records[id] = record
  }

  /// Marks the one attempt to end a task.
  ///
  /// - Returns: The task; nil when it is gone, finished or being finished.
  mutating func claimEnd(_ id: String) -> TaskRecord? {
    guard let record = records[id], !record.status.isFinal, !record.isFinishing else { return nil }
    records[id]!.isFinishing = true
    return record
  }

  /// Ends a task that ``claimEnd(_:)`` gave.
  ///
  /// - Returns: The finished task, and whether it held a slot; nil when it is gone.
  mutating func finish(
    _ id: String, _ status: TaskStatus, outcome: TaskRecord.Outcome, charged: Int64,
    at now: Timestamp
  ) -> (record: TaskRecord, heldSlot: Bool)? {
    guard let before = records[id] else { return nil }
    let heldSlot = before.status == .processing
    if heldSlot { processingCount -= 1 } else { leaveQueue(before.submission.priority) }
    records[id]!.status = status
    records[id]!.outcome = outcome
    records[id]!.creditsCharged = charged
    records[id]!.finishedAt = now
    records[id]!.isFinishing = false
    return (records[id]!, heldSlot)
  }

  /// Deletes a finished task and frees its idempotency key.
  mutating func remove(_ id: String) {
    guard let record = records.removeValue(forKey: id) else { return }
    if let key = record.submission.idempotencyKey, byIdempotencyKey[key] == id {
      byIdempotencyKey[key] = nil
    }
  }

  /// Deletes every queued task that isn't being finished.
  ///
  /// - Returns: How many.
  mutating func clearQueue() -> Int {
    var cleared = 0
    for priority in 1...10 {
      var kept: Deque<String> = []
      for id in queues[priority] {
        guard let record = records[id], record.status == .queued else { continue }
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
}
