import CloroContract
import Ledger
import Simulation

// Where the ledger is a file, a task is there before its submission is answered, and its end is
// there before anybody sees it: in the transaction of its charge, or in one of its own.

extension TaskEngine {
  // MARK: Submission

  /// Queues tasks that were accepted: at once in memory, and once they are written where the ledger
  /// is a file. Then they are among ``Organization/State/submitted`` until they are queued.
  ///
  /// - Parameters:
  ///   - execute: Runs a job on the caller's loop.
  ///   - completion: Called on it with those that have an idempotency key of a task that only the
  ///     file has; they aren't queued. An error says why none is.
  func queue(
    _ tasks: [TaskRecord], _ organization: Organization,
    execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
    completion: @escaping @Sendable (Result<Set<Identifier>, LedgerError>) -> Void
  ) {
    guard file.isKept else {
      pump(organization)
      return completion(.success([]))
    }
    // An advance of the clock finds them queued.
    let activity = tasks.first.map { begin($0.id, organization) }
    let completion: @Sendable (Result<Set<Identifier>, LedgerError>) -> Void = { [self] queued in
      completion(queued)
      if let activity { clock.activity.end(activity) }
    }
    let keyed = tasks.filter { $0.submission.idempotencyKey != nil }
    guard !keyed.isEmpty, organization.hasFiledTasks.load(ordering: .acquiring) else {
      return write(tasks, [], organization, execute: execute, completion: completion)
    }
    file.async { [self] in
      do throws(LedgerError) {
        let now = clock.now
        var bound: Set<Identifier> = []
        for task in keyed {
          let isBound = try file.isBound(
            idempotencyKey: task.submission.idempotencyKey!, of: organization.account, at: now)
          if isBound { bound.insert(task.id) }
        }
        write(tasks, bound, organization, execute: execute, completion: completion)
      } catch {
        execute {
          organization.withState { $0.submitted.remove(tasks) }
          completion(.failure(error))
        }
      }
    }
  }

  /// Writes tasks that were accepted, and queues them when that is committed.
  private func write(
    _ tasks: [TaskRecord], _ bound: Set<Identifier>, _ organization: Organization,
    execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
    completion: @escaping @Sendable (Result<Set<Identifier>, LedgerError>) -> Void
  ) {
    let free = tasks.filter { !bound.contains($0.id) }
    let account = organization.account
    let documents = TaskDocuments.submitted(free, of: account)
    // Under the lock, so that of two submissions the later one writes the counts.
    organization.withState { state in
      guard !free.isEmpty else {
        state.submitted.remove(tasks)
        return execute { completion(.success(bound)) }
      }
      let counts = TaskCounts(state.tasks, number: file.lastNumber.load(ordering: .relaxed))
      file.write(documents + [counts.document(of: account)]) { error in
        execute { [self] in
          organization.withState { state in
            state.submitted.remove(tasks)
            // A reset that has followed at once has deleted what was written.
            if error == nil, !state.isRetired { for task in free { state.tasks.insert(task) } }
          }
          if let error { return completion(.failure(error)) }
          pump(organization)
          completion(.success(bound))
        }
      }
    }
  }

  // MARK: Going on

  /// Writes the state of a task that goes on, for a restart to go on there. Called under its
  /// organization's lock.
  func note(_ task: TaskRecord, _ organization: Organization) {
    guard file.isKept else { return }
    switch task.life.phase {
    case .running(let run):
      // Its end follows at once.
      if case .immediate = run.pace { return }
    case .queued, .backingOff: break
    case .settling, .ended: return
    }
    file.note([TaskDocuments.open(task, of: organization.account)])
  }

  // MARK: Ends

  /// What is written of a task's end.
  struct Written: Sendable {
    /// When it ends.
    let at: Timestamp
    let report: WebhookDispatcher.Report?
    let documents: [Ledger.Document]
  }

  /// What is to be written when a task that is being ended ends so: the task as it will be shown,
  /// and the delivery of its report.
  func writing(
    _ task: TaskRecord, _ settlement: Settlement, _ organization: Organization,
    at now: Timestamp
  ) -> Written {
    var ended = task
    _ = certain { () throws(ImpossibleEvent) in try settlement.apply(to: &ended.life, at: now) }
    let report = report(of: ended, organization)
    let delivery = report.flatMap { WebhookDispatcher.document(of: $0) }
    return Written(
      at: now, report: report,
      documents: TaskDocuments.finished(ended, of: organization.account)
        + (delivery.map { [$0] } ?? []))
  }

  /// Writes that a task that is being ended has failed, and ends it when that is committed.
  func write(
    _ task: TaskRecord, failing error: [UInt8], _ organization: Organization,
    completion: @escaping @Sendable () -> Void
  ) {
    let activity = begin(task.id, organization)
    let written = writing(task, .failed(error), organization, at: clock.now)
    file.write(written.documents) { [self] refusal in
      switch refusal {
      case nil:
        settle(task, .failed(error), organization, written)
        noteWritten(organization)
      case .unknownAccount, .closed: settle(task, .lost, organization)
      case let reason?:
        chargeLog.refused(reason)
        file.owe(written.documents)
        settle(task, .failed(error), organization, written)
      }
      completion()
      clock.activity.end(activity)
    }
  }

  /// Fails a task whose charge the ledger has refused because it can't write. The file gets that
  /// when it can.
  func refuse(_ task: TaskRecord, _ organization: Organization) {
    let settlement = Settlement.failed(Self.error(.internalError, of: task))
    guard file.isKept else { return settle(task, settlement, organization) }
    let written = writing(task, settlement, organization, at: clock.now)
    file.owe(written.documents)
    settle(task, settlement, organization, written)
  }

  /// Notes that an end was written.
  func noteWritten(_ organization: Organization) {
    file.writeOwed()
    file.noteEnd(of: organization, at: clock.now)
  }

  // MARK: Finished tasks

  /// A finished task that only the file may have, by its identifier or its idempotency key.
  ///
  /// - Parameter completion: Called with nil when there is none; on another thread.
  /// - Returns: Whether the file has to be looked at. If not, there is no such task.
  func recall(
    _ text: String, _ organization: Organization,
    completion: @escaping @Sendable (Result<TaskRecord?, LedgerError>) -> Void
  ) -> Bool {
    guard file.isKept, organization.hasFiledTasks.load(ordering: .acquiring) else { return false }
    file.async { [self] in
      let now = clock.now
      completion(
        Result { () throws(LedgerError) in
          let task = try file.finished(text, of: organization.account, at: now)
          if case .completed(.result, _)? = task?.life.end?.outcome {
            keepPages(of: task!, at: now)
          }
          return task
        })
    }
    return true
  }

  // MARK: Snapshots and starts

  /// What the ledger's file is to have of the tasks of an organization that is restored.
  ///
  /// - Parameter moment: When the snapshot was taken.
  func documents(
    of board: TaskBoard, _ account: Account, savedAt moment: Timestamp
  ) -> [Ledger.Document] {
    guard file.isKept else { return [] }
    var board = board
    let passed = clock.now.nanoseconds - moment.nanoseconds
    board.updateAll { $0.wasInSnapshot(for: passed) }
    // Those that are submitted next come after them, even if another process has made them.
    file.lastNumber.max(board.all.last?.number ?? 0, ordering: .relaxed)
    let number = file.lastNumber.load(ordering: .relaxed)
    let documents = TaskDocuments.all(board, number: number, of: account)
    return documents.isEmpty ? [] : documents + file.lastNumbers.documents()
  }

  /// Takes over how many tasks an organization of the ledger's file has had.
  func count(_ organization: Organization) {
    // What can't be read now can't be read later, when its tasks are asked for.
    guard let counts = (try? file.counts(of: organization.account)) ?? nil else { return }
    organization.hasFiledTasks.store(true, ordering: .releasing)
    organization.withState { state in
      state.tasks = TaskBoard([], waiting: [], inserted: counts.submitted, peak: counts.peak)
    }
  }

  /// Goes on with the tasks that the ledger's file has.
  ///
  /// - Parameter find: The organization of a number.
  func resume(
    _ beginning: TaskFile.Beginning, find: (Int64) throws(LedgerError) -> Organization?
  ) throws(LedgerError) {
    let now = clock.now
    var restored: [Organization] = []
    for (number, open) in beginning.open {
      guard let organization = try find(number) else { continue }
      organization.hasFiledTasks.store(true, ordering: .releasing)
      let tasks = open.sorted { $0.place < $1.place }
      let waiting = tasks.filter { if case .queued = $0.life.phase { true } else { false } }
      organization.withState { state in
        state.restore(
          TaskBoard(
            tasks, waiting: waiting.map(\.id),
            inserted: max(state.tasks.inserted, tasks.last?.place ?? 0),
            peak: state.tasks.peak))
      }
      restored.append(organization)
    }
    for organization in restored.sorted(by: { $0.name < $1.name }) {
      resume(organization, savedAt: now, at: now)
    }
  }
}
