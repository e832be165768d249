import DequeModule
import Simulation

/// The tasks of one organization: a pure value.
///
/// Highest priority first, first in first out within a priority. Submission, pick-up and status
/// take the same time regardless of the queue's length. [contract: async tasks]
///
/// What is finished is put away as bytes, and becomes a record again when it is looked at.
struct TaskBoard: Sendable {
  /// Tasks that aren't finished, and such as have just ended.
  private var records = SlotStore<TaskRecord>()
  /// Their identifiers, in the same slots: a look at a record would copy it, and it is large.
  private var ids = SlotStore<Identifier>()
  private var finished = PackedStore<TaskRecord>()
  /// The places' codes, by the tasks' identifiers.
  private var places = HashIndex()
  /// Identifiers by priority; those of tasks that are no longer queued are skipped.
  private var queues = Self.noQueues
  private var queuedByPriority = Self.noneQueued
  /// The places' codes, by the bytes of the keys, because Swift may consider different texts equal.
  private var placesByKey = HashIndex()
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
      count(record, by: 1)
      let place: PackedPlace =
        if record.life.end != nil {
          .putAway(finished.insert(record))
        } else {
          .present(present(record))
        }
      index(record, at: place)
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
      queue.filter { waits($0) }
    }
  }

  /// Whether a task waits for a pick-up.
  private func waits(_ id: Identifier) -> Bool {
    guard case .present(let number)? = place(of: id) else { return false }
    return records.read(number) { if case .queued = $0.life.phase { true } else { false } }
  }

  /// Whether `count` more tasks fit.
  func hasRoom(for count: Int, limit: Int) -> Bool { queuedCount + count <= limit }

  func isBound(idempotencyKey key: String) -> Bool { place(ofKey: Array(key.utf8)) != nil }

  subscript(id: Identifier) -> TaskRecord? {
    switch place(of: id) {
    case .present(let number)?: records[number]
    case .putAway(let number)?: finished[number]
    case nil: nil
    }
  }

  /// A task that is finished.
  func finished(_ id: Identifier) -> TaskRecord? {
    guard case .putAway(let number)? = place(of: id) else { return nil }
    return finished[number]
  }

  func contains(_ id: Identifier) -> Bool { place(of: id) != nil }

  /// The identifier of the task with an idempotency key.
  func id(ofIdempotencyKey key: [UInt8]) -> Identifier? {
    switch place(ofKey: key) {
    case .present(let number)?: ids.read(number) { $0 }
    case .putAway(let number)?: finished.id(number)
    case nil: nil
    }
  }

  /// How many tasks there are, finished ones included.
  var count: Int { records.count + finished.count }

  /// All records, oldest first.
  var all: [TaskRecord] {
    (records.all + finished.numbers.map { finished[$0] }).sorted { $0.number < $1.number }
  }

  /// The records that aren't finished, in no particular order.
  var unfinished: [TaskRecord] { records.all }

  // MARK: Places

  private func place(of id: Identifier) -> PackedPlace? {
    places.number(Self.hash(id)) { code in
      switch PackedPlace(code: code) {
      case .present(let number): ids.read(number) { $0 == id }
      case .putAway(let number): finished.id(number) == id
      }
    }.map { PackedPlace(code: $0) }
  }

  private func place(ofKey key: [UInt8]) -> PackedPlace? {
    placesByKey.number(Self.hash(key)) { code in
      switch PackedPlace(code: code) {
      case .present(let number):
        records.read(number) { $0.submission.idempotencyKey?.utf8.elementsEqual(key) ?? false }
      case .putAway(let number): finished.hasIdempotencyKey(key, number)
      }
    }.map { PackedPlace(code: $0) }
  }

  /// Most identifiers are draws, but those of a document may be counted up by hand.
  private static func hash(_ id: Identifier) -> UInt64 {
    SeededRandom.mix(id.words.high ^ id.words.low)
  }

  /// By Swift's own function, because clients choose the keys.
  private static func hash(_ key: [UInt8]) -> UInt64 {
    var hasher = Hasher()
    key.withUnsafeBytes { hasher.combine(bytes: $0) }
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  /// Stores a task as it is.
  private mutating func present(_ record: TaskRecord) -> Int {
    _ = ids.insert(record.id)
    return records.insert(record)
  }

  private mutating func removePresent(_ number: Int) {
    ids.remove(number)
    records.remove(number)
  }

  /// Makes a task be found.
  private mutating func index(_ record: TaskRecord, at place: PackedPlace) {
    places.insert(Self.hash(record.id), place.code)
    if let key = record.submission.idempotencyKey {
      placesByKey.insert(Self.hash(Array(key.utf8)), place.code)
    }
  }

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
    census.finished = finished.counted
    for record in records.all {
      switch record.status {
      case .queued: census.queued += 1
      case .processing: census.processing += 1
      case .completed, .failed: census.finished += 1
      }
      if case .queued = record.life.phase { census.waiting += 1 }
    }
    for queue in queues { census.reachable += queue.count { waits($0) } }
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
    index(record, at: .present(present(record)))
    queues[record.submission.priority].append(record.id)
    count(record, by: 1)
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
    count(record.status, record.submission.priority, by: difference)
  }

  private mutating func count(_ status: TaskStatus, _ priority: Int, by difference: Int) {
    switch status {
    case .queued:
      queuedByPriority[priority] += difference
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
    switch place(of: id) {
    case .present(let number)?:
      var (before, after, priority) = (TaskStatus.queued, TaskStatus.queued, 1)
      let result = records.change(number) { record in
        (before, priority) = (record.status, record.submission.priority)
        defer { after = record.status }
        return change(&record)
      }
      count(before, priority, by: -1)
      count(after, priority, by: 1)
      return result
    case .putAway(let number)?:
      var record = finished[number]
      let result = change(&record)
      finished.replace(number, record)
      return result
    case nil: return nil
    }
  }

  /// Puts a task away that has ended.
  ///
  /// - Parameter expiry: The timer of its expiry.
  mutating func putAway(_ id: Identifier, until expiry: MockClock.OwnedTimer) {
    guard case .present(let number)? = place(of: id), var record = records[number] else {
      // It was before, and is only given another timer.
      update(id) { $0.expiry = expiry }
      return
    }
    record.expiry = expiry
    let before = PackedPlace.present(number)
    let after = PackedPlace.putAway(finished.insert(record))
    removePresent(number)
    places.replace(Self.hash(id), before.code, with: after.code)
    if let key = record.submission.idempotencyKey {
      placesByKey.replace(Self.hash(Array(key.utf8)), before.code, with: after.code)
    }
  }

  /// Changes every task that isn't finished without changing its status; queues and counts stay as
  /// they are.
  mutating func updateUnfinished(_ change: (inout TaskRecord) -> Void) {
    records.updateAll(change)
  }

  /// Changes every task without changing its status.
  mutating func updateAll(_ change: (inout TaskRecord) -> Void) {
    records.updateAll(change)
    for number in finished.numbers {
      var record = finished[number]
      change(&record)
      finished.replace(number, record)
    }
  }

  /// Deletes a task and frees its idempotency key.
  mutating func remove(_ id: Identifier) {
    guard let place = place(of: id), let record = self[id] else { return }
    switch place {
    case .present(let number):
      count(record, by: -1)
      removePresent(number)
    case .putAway(let number): finished.remove(number)
    }
    places.remove(Self.hash(id), place.code)
    guard let key = record.submission.idempotencyKey else { return }
    placesByKey.remove(Self.hash(Array(key.utf8)), place.code)
  }
}
