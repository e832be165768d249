import JSON
import Ledger
import Simulation

/// What the ledger's file has of tasks, as documents: each state in the form in which snapshots
/// store it.
enum TaskDocuments {
  /// A task that isn't finished, as it is now.
  static func open(_ task: TaskRecord, of account: Account) -> Ledger.Document {
    Ledger.Document(
      of: account, kind: TaskDocumentKind.openTask, id: task.id.text, body: task.stored.encoded)
  }

  /// Tasks that are submitted together, with their idempotency keys.
  static func submitted(_ tasks: [TaskRecord], of account: Account) -> [Ledger.Document] {
    tasks.flatMap { [open($0, of: account)] + key(of: $0, account) }
  }

  /// A task that has finished, instead of one that isn't.
  static func finished(_ task: TaskRecord, of account: Account) -> [Ledger.Document] {
    [
      deletion(TaskDocumentKind.openTask, task.id.text, account), body(ofFinished: task, account),
      Ledger.Document(
        of: account, kind: TaskDocumentKind.finishedTaskID, id: task.id.text,
        body: Array(finishedID(task).utf8)),
    ]
  }

  /// A finished task, as it is now.
  static func body(ofFinished task: TaskRecord, _ account: Account) -> Ledger.Document {
    Ledger.Document(
      of: account, kind: TaskDocumentKind.finishedTask, id: finishedID(task),
      body: task.stored.encoded)
  }

  /// Deletes tasks that were not finished.
  static func cleared(_ tasks: [TaskRecord], of account: Account) -> [Ledger.Document] {
    tasks.flatMap { task in
      [deletion(TaskDocumentKind.openTask, task.id.text, account)]
        + keys(of: task).map { deletion(TaskDocumentKind.idempotencyKey, $0, account) }
    }
  }

  /// Deletes a finished task with its delivery.
  ///
  /// - Parameters:
  ///   - hasKey: Whether its idempotency key is still its own.
  ///   - delivery: Its delivery's identifier and `closedDelivery` identifier; nil when the file has
  ///     none that is over.
  static func expired(
    _ task: TaskRecord, hasKey: Bool, delivery: (id: String, place: String)?, of account: Account
  ) -> [Ledger.Document] {
    var documents = [
      deletion(TaskDocumentKind.finishedTask, finishedID(task), account),
      deletion(TaskDocumentKind.finishedTaskID, task.id.text, account),
    ]
    if hasKey {
      documents += keys(of: task).map { deletion(TaskDocumentKind.idempotencyKey, $0, account) }
    }
    if let delivery {
      documents.append(deletion(TaskDocumentKind.closedDelivery, delivery.place, account))
      documents.append(deletion(TaskDocumentKind.closedDeliveryID, delivery.id, account))
    }
    return documents
  }

  /// All tasks of an organization that has no documents.
  static func all(
    _ board: TaskBoard, number: UInt64, of account: Account
  ) -> [Ledger.Document] {
    let tasks = board.all
    guard !tasks.isEmpty || board.inserted > 0 else { return [] }
    return tasks.flatMap { task in
      (task.status.isFinal ? finished(task, of: account) : [open(task, of: account)])
        + key(of: task, account)
    } + [TaskCounts(board, number: number).document(of: account)]
  }

  /// The identifier of a finished task among its organization's: they lie in the order of
  /// submission, which is about that of their expiry. Two tasks may have the same number, where one
  /// of them comes from a snapshot.
  static func finishedID(_ task: TaskRecord) -> String {
    "\(numberedID(from: task.number)) \(task.id.text)"
  }

  /// The identifier of a delivery that is over among its organization's.
  static func deliveryID(_ number: UInt64, _ task: Identifier) -> String {
    "\(numberedID(from: number)) \(task.text)"
  }

  /// What lies before the identifiers of what has this number, and after those of all with smaller
  /// ones.
  static func numberedID(from number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// The number in such an identifier.
  static func number(ofID id: String) -> UInt64? { UInt64(id.prefix(16), radix: 16) }

  /// The task in such an identifier.
  static func task(ofID id: String) -> String { String(id.dropFirst(17)) }

  private static func key(of task: TaskRecord, _ account: Account) -> [Ledger.Document] {
    keys(of: task).map { key in
      Ledger.Document(
        of: account, kind: TaskDocumentKind.idempotencyKey, id: key, body: Array(task.id.text.utf8))
    }
  }

  private static func keys(of task: TaskRecord) -> [String] {
    task.submission.idempotencyKey.map { [$0] } ?? []
  }

  static func deletion(
    _ kind: Int64, _ id: String, _ account: Account
  ) -> Ledger.Document {
    Ledger.Document(of: account, kind: kind, id: id, body: nil)
  }
}

/// How many tasks an organization has had, as the ledger's file has it.
struct TaskCounts: Sendable {
  /// How many were ever queued: the place of the last one.
  var submitted: UInt64 = 0
  /// The most that have waited at a time.
  var peak = 0
  /// The number of a task that was submitted not before any of them.
  var number: UInt64 = 0

  init(_ board: TaskBoard, number: UInt64) {
    (submitted, peak, self.number) = (board.inserted, board.peak, number)
  }

  init?(_ body: [UInt8]) {
    let read = JSON.read(document: body) { reader -> (Int, Int, Int)? in
      reader.require(["submitted", "peak", "number"])
      guard let submitted = reader.count("submitted"), let peak = reader.count("peak"),
        let number = reader.count("number")
      else { return nil }
      return (submitted, peak, number)
    }
    guard let read else { return nil }
    (submitted, peak, number) = (UInt64(read.0), read.1, UInt64(read.2))
  }

  func document(of account: Account) -> Ledger.Document {
    let json: JSON = [
      "submitted": JSON(count: submitted), "peak": JSON(peak), "number": JSON(count: number),
    ]
    return Ledger.Document(of: account, kind: TaskDocumentKind.taskCounts, body: json.encoded)
  }
}
