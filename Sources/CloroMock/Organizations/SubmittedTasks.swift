/// The tasks of an organization that were accepted, and wait until the ledger's file has them. Then
/// they come on the board; until then they take their places in the queue and their idempotency
/// keys.
struct SubmittedTasks: Sendable {
  private(set) var count = 0
  private var keys: Set<[UInt8]> = []

  func isBound(idempotencyKey key: String) -> Bool { keys.contains(Array(key.utf8)) }

  mutating func add(_ task: TaskRecord) {
    count += 1
    if let key = task.submission.idempotencyKey { keys.insert(Array(key.utf8)) }
  }

  mutating func remove(_ tasks: [TaskRecord]) {
    count -= tasks.count
    for case let key? in tasks.map(\.submission.idempotencyKey) { keys.remove(Array(key.utf8)) }
  }
}
