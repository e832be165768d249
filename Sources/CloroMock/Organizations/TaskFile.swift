import JSON
import Ledger
import Platform
import Simulation
import Synchronization

/// The tasks in the ledger's file: writes their states and reads those that aren't in memory.
///
/// All states of one task are written under its organization's lock, or by whoever alone may change
/// it then, so that the file gets them in their order.
final class TaskFile: Sendable {
  private let ledger: Ledger
  /// Where files are read for event loops, which mustn't wait for a disk.
  private let queue: SerialQueue
  /// What couldn't be written although it is so, each group by itself: ends of tasks that a full
  /// disk has refused, and which memory shows as failed.
  private let owed = Mutex<[[Ledger.Document]]>([])
  private let ends = Atomic<UInt64>(0)
  /// The number of the last task that was submitted.
  let lastNumber = Atomic<UInt64>(0)
  /// The number of the last delivery.
  private let lastDelivery = Atomic<UInt64>(0)

  init(_ ledger: Ledger, reading queue: SerialQueue) {
    self.ledger = ledger
    self.queue = queue
  }

  /// Whether there is such a file. Without one nothing needs to be rendered or read.
  var isKept: Bool { ledger.keepsDocuments }

  // MARK: Writing

  /// The numbers that were drawn last; 0 before any was.
  struct LastNumbers: Equatable, Sendable {
    /// Of a task.
    var task: UInt64 = 0
    /// Of a delivery.
    var delivery: UInt64 = 0

    /// What the file has of them, except those that it has already.
    func documents(besides written: LastNumbers = LastNumbers()) -> [Ledger.Document] {
      (task == written.task ? [] : [Ledger.Document(.submitted, JSON(count: task))])
        + (delivery == written.delivery
          ? [] : [Ledger.Document(.delivered, JSON(count: delivery))])
    }
  }

  /// Draws the number of a delivery.
  func nextDelivery() -> UInt64 { lastDelivery.add(1, ordering: .relaxed).newValue }

  var lastNumbers: LastNumbers {
    LastNumbers(
      task: lastNumber.load(ordering: .relaxed), delivery: lastDelivery.load(ordering: .relaxed))
  }

  /// Writes documents for which nobody waits. When that fails a restart goes back a step.
  func note(_ documents: [Ledger.Document]) { ledger.write(documents) }

  /// Writes documents, and tells once they are committed, as ``Ledger/write(_:completion:)`` does.
  func write(
    _ documents: [Ledger.Document], completion: @escaping @Sendable (LedgerError?) -> Void
  ) {
    ledger.write(documents) { [self] error in
      if error == nil { writeOwed() }
      completion(error)
    }
  }

  /// Writes documents as soon as the ledger takes some again.
  func owe(_ documents: [Ledger.Document]) { owed.withLock { $0.append(documents) } }

  /// Notes that the ledger takes documents.
  func writeOwed() {
    let groups = owed.withLock { owed in
      defer { owed = [] }
      return owed
    }
    for group in groups {
      ledger.write(group) { [self] error in
        switch error {
        case nil, .unknownAccount, .closed: break
        default: owe(group)
        }
      }
    }
  }

  /// Makes sure that what `body` writes is written together, if the ledger is a file.
  func together(_ body: () -> Void) { if isKept { ledger.together(body) } else { body() } }

  /// Writes that the report of a finished task was delivered.
  ///
  /// - Parameter task: The task with that in it; nil when only the file has it.
  func noteDelivery(
    of task: TaskRecord?, _ id: Identifier, _ account: Account, at now: Timestamp
  ) {
    guard isKept else { return }
    if let task { return note([TaskDocuments.body(ofFinished: task, account)]) }
    queue.async { [self] in
      // What can't be read is left as it is: only the time of the delivery is missing then.
      guard var task = (try? finished(id: id.text, of: account, at: now)) ?? nil,
        task.webhook?.deliveredAt == nil
      else { return }
      task.webhook?.deliveredAt = now
      note([TaskDocuments.body(ofFinished: task, account)])
    }
  }

  /// Deletes tasks that were not finished, in portions. Called under their organization's lock,
  /// because others may take their idempotency keys at once.
  ///
  /// - Parameter completion: Called when the ledger has dealt with all.
  func clear(
    _ tasks: [TaskRecord], of account: Account, completion: @escaping @Sendable () -> Void
  ) {
    let portion = 1000
    guard !tasks.isEmpty else { return completion() }
    for start in stride(from: 0, to: tasks.count, by: portion) {
      let end = min(start + portion, tasks.count)
      let documents = TaskDocuments.cleared(Array(tasks[start..<end]), of: account)
      write(documents) { [self] error in
        switch error {
        case nil, .unknownAccount, .closed: break
        // Others may have the keys by then. A key whose task is gone is free in any case.
        default: owe(documents.filter { $0.kind == TaskDocumentKind.openTask })
        }
        if end == tasks.count { completion() }
      }
    }
  }

  // MARK: Reading

  /// Does something that reads the file, off the caller's thread.
  func async(_ job: @escaping @Sendable () -> Void) { queue.async(job) }

  /// A finished task by its identifier, or else by its idempotency key; nil when there is none
  /// whose day isn't over.
  func finished(
    _ text: String, of account: Account, at now: Timestamp
  ) throws(LedgerError) -> TaskRecord? {
    if let task = try finished(id: text, of: account, at: now) { return task }
    guard let id = try self.id(ofIdempotencyKey: text, of: account) else { return nil }
    return try finished(id: id, of: account, at: now)
  }

  /// Whether an idempotency key belongs to a finished task whose day isn't over.
  func isBound(
    idempotencyKey key: String, of account: Account, at now: Timestamp
  ) throws(LedgerError) -> Bool {
    guard let id = try self.id(ofIdempotencyKey: key, of: account) else { return false }
    return try finished(id: id, of: account, at: now) != nil
  }

  /// A finished task by its identifier alone.
  func finished(
    id: String, of account: Account, at now: Timestamp
  ) throws(LedgerError) -> TaskRecord? {
    guard isKept,
      let place = try ledger.document(
        of: account.id, kind: TaskDocumentKind.finishedTaskID, id: id),
      let body = try ledger.document(
        of: account.id, kind: TaskDocumentKind.finishedTask,
        id: String(decoding: place, as: UTF8.self))
    else { return nil }
    return Self.task(body, at: now)
  }

  private func id(
    ofIdempotencyKey key: String, of account: Account
  ) throws(LedgerError) -> String? {
    guard isKept else { return nil }
    return try ledger.document(of: account.id, kind: TaskDocumentKind.idempotencyKey, id: key)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Reads a task; nil when its day is over.
  private static func task(_ body: [UInt8], at now: Timestamp) -> TaskRecord? {
    JSON.read(document: body) { TaskRecord.read(&$0) }.flatMap { $0.expiresAt > now ? $0 : nil }
  }

  /// Consecutive finished tasks, or deliveries that are over, in the order of their numbers.
  struct Page<Item: Sendable>: Sendable {
    var items: [(organization: Organization, item: Item)] = []
    /// The number of the last one that was looked at, if there may be more after it.
    var end: UInt64?
  }

  /// Finished tasks after a number, those included that memory has, too.
  ///
  /// - Parameters:
  ///   - most: The most tasks, 1 or more.
  ///   - condition: Which tasks. As long as there are some after those that were looked at, one is
  ///     found.
  func page(
    of organizations: [Organization], after number: UInt64, most: Int, at now: Timestamp,
    where condition: (TaskRecord) -> Bool
  ) throws(LedgerError) -> Page<TaskRecord> {
    try page(
      of: organizations, kind: TaskDocumentKind.finishedTask, after: number, most: most
    ) { document, _ in
      Self.task(document.body, at: now).flatMap { condition($0) ? $0 : nil }
    }
  }

  /// What lies in the order of its numbers, after one of them.
  ///
  /// - Parameters:
  ///   - most: The most items, 1 or more.
  ///   - read: Reads an item; nil leaves it out.
  func page<Item>(
    of organizations: [Organization], kind: Int64, after number: UInt64, most: Int,
    read: (Ledger.StoredDocument, Organization) throws(LedgerError) -> Item?
  ) throws(LedgerError) -> Page<Item> {
    let organizations = organizations.filter { $0.hasFiledTasks.load(ordering: .acquiring) }
    guard isKept, !organizations.isEmpty else { return Page() }
    // Of many organizations a few each, for only the first of all are taken.
    let portion = max(8, most / organizations.count)
    var (page, since): (Page<Item>, UInt64?) = (Page(), number)
    while page.items.isEmpty, let last = since {
      page.end = nil
      var found: [(organization: Organization, number: UInt64, document: Ledger.StoredDocument)] =
        []
      for organization in organizations {
        let documents = try ledger.documents(
          of: organization.account.id, kind: kind,
          after: TaskDocuments.numberedID(from: last &+ 1), limit: portion)
        let numbers = documents.map { TaskDocuments.number(ofID: $0.id) ?? last }
        found += zip(numbers, documents).map { (organization, $0, $1) }
        if documents.count == portion { page.end = min(page.end ?? .max, numbers.last ?? .max) }
      }
      var end = last
      for each in found.sorted(by: { $0.number < $1.number }) {
        guard each.number <= page.end ?? .max else { break }
        guard page.items.count < most else {
          page.end = end
          break
        }
        if let item = try read(each.document, each.organization) {
          page.items.append((each.organization, item))
        }
        end = each.number
      }
      since = page.end
    }
    return page
  }

  /// Deliveries that are over and whose tasks' day isn't, as
  /// ``page(of:kind:after:most:read:)`` gives them.
  ///
  /// - Parameter read: Reads a delivery of a finished task.
  func deliveries<Item>(
    of organizations: [Organization], after number: UInt64, most: Int, at now: Timestamp,
    read: (_ body: [UInt8], _ task: TaskRecord, Organization) -> Item?
  ) throws(LedgerError) -> Page<Item> {
    try page(
      of: organizations, kind: TaskDocumentKind.closedDelivery, after: number, most: most
    ) { document, organization throws(LedgerError) in
      try task(ofDelivery: document.id, organization.account, at: now)
        .flatMap { read(document.body, $0, organization) }
    }
  }

  /// The body of a delivery that is over, with its task; nil when there is none whose task's day
  /// isn't over.
  func delivery(
    _ id: String, of account: Account, at now: Timestamp
  ) throws(LedgerError) -> (body: [UInt8], task: TaskRecord)? {
    guard isKept, let place = try place(ofDelivery: id, account),
      let body = try ledger.document(
        of: account.id, kind: TaskDocumentKind.closedDelivery, id: place),
      let task = try task(ofDelivery: place, account, at: now)
    else { return nil }
    return (body, task)
  }

  /// - Parameter place: The `closedDelivery` identifier.
  private func task(
    ofDelivery place: String, _ account: Account, at now: Timestamp
  ) throws(LedgerError) -> TaskRecord? {
    try finished(id: TaskDocuments.task(ofID: place), of: account, at: now)
  }

  private func place(
    ofDelivery id: String, _ account: Account
  ) throws(LedgerError) -> String? {
    try ledger.document(of: account.id, kind: TaskDocumentKind.closedDeliveryID, id: id)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The finished tasks of an organization, in the order of submission.
  ///
  /// - Parameter most: The most tasks, 0 or more.
  func all(of account: Account, most: Int, at now: Timestamp) throws(LedgerError) -> [TaskRecord] {
    guard isKept else { return [] }
    let documents = try ledger.documents(
      of: account.id, kind: TaskDocumentKind.finishedTask, limit: most)
    return documents.compactMap { Self.task($0.body, at: now) }
  }

  // MARK: Expiry

  /// After how many ends the oldest tasks are looked at, and how many of them are deleted at most:
  /// more than come in the meantime.
  private static let (interval, portion): (UInt64, Int) = (64, 256)

  /// Notes that a task of an organization has finished. Now and then the oldest of its tasks whose
  /// day is over are deleted, a bounded number at a time.
  func noteEnd(of organization: Organization, at now: Timestamp) {
    guard ends.add(1, ordering: .relaxed).oldValue % Self.interval == 0 else { return }
    // What can't be read now is tried again later.
    queue.async { [self] in try? expire(of: organization, at: now) }
  }

  private func expire(of organization: Organization, at now: Timestamp) throws(LedgerError) {
    let account = organization.account
    for limit in [1, Self.portion] {
      var count = 0
      for stored in try ledger.documents(
        of: account.id, kind: TaskDocumentKind.finishedTask, limit: limit)
      {
        let task = JSON.read(document: stored.body) { TaskRecord.read(&$0) }
        guard let task else { continue }
        guard task.expiresAt <= now else { break }
        let key = task.submission.idempotencyKey
        let owner = try key.flatMap { key throws(LedgerError) in
          try id(ofIdempotencyKey: key, of: account)
        }
        let delivery = DeliveryLife.id(of: task.id)
        let place = task.webhook == nil ? nil : try self.place(ofDelivery: delivery, account)
        // Under the lock, because the key may be taken for another task just now.
        organization.withState { state in
          let isFree = key.map { state.canFree(idempotencyKey: $0, of: task.id) } ?? false
          note(
            TaskDocuments.expired(
              task, hasKey: isFree && owner == task.id.text,
              delivery: place.map { (delivery, $0) }, of: account))
        }
        count += 1
      }
      guard count > 0 else { return }
    }
  }

  // MARK: Starting

  /// Reads all documents of a kind, with the numbers of their organizations.
  func documents(
    kind: Int64, _ read: (_ organization: Int64, _ body: [UInt8]) -> Void
  ) throws(LedgerError) {
    guard isKept else { return }
    try ledger.documents(kind: kind) { read($0.organization, $0.body) }
  }

  /// What a start needs of the file.
  struct Beginning: Sendable {
    /// The tasks that aren't finished, by the numbers of their organizations.
    var open: [Int64: [TaskRecord]] = [:]
  }

  /// What the file has of an organization's tasks; nil when it has had none.
  func counts(of account: Account) throws(LedgerError) -> TaskCounts? {
    guard isKept else { return nil }
    return try ledger.document(of: account.id, kind: TaskDocumentKind.taskCounts)
      .flatMap { TaskCounts($0) }
  }

  /// Reads the numbers that were drawn last.
  private func readLastNumbers() throws(LedgerError) {
    lastDelivery.store(try number(.delivered) ?? 0, ordering: .relaxed)
    if let number = try number(.submitted) {
      return lastNumber.store(number, ordering: .relaxed)
    }
    // A file of an earlier version has it with the organizations alone.
    try ledger.documents(kind: TaskDocumentKind.taskCounts) { document in
      lastNumber.max(TaskCounts(document.body)?.number ?? 0, ordering: .relaxed)
    }
  }

  private func number(_ kind: DocumentKind) throws(LedgerError) -> UInt64? {
    try ledger.document(of: 0, kind: kind.rawValue)
      .flatMap { (try? JSON(parsing: $0))?.integer }.map { UInt64(max(0, $0)) }
  }

  /// Reads what a start needs.
  func beginning() throws(LedgerError) -> Beginning {
    var beginning = Beginning()
    guard isKept else { return beginning }
    try readLastNumbers()
    try ledger.documents(kind: TaskDocumentKind.openTask) { document in
      if let task = JSON.read(document: document.body, { TaskRecord.read(&$0) }) {
        beginning.open[document.organization, default: []].append(task)
      }
    }
    return beginning
  }
}
