import Bytes
import CloroContract
import JSON
import Ledger
import Simulation

/// Answers `/v1/async/*`: submission, reading, and the queue.
struct TaskEndpoints: Sendable {
  private let services: APIServices
  private var tasks: TaskEngine { services.tasks }

  init(_ services: APIServices) { self.services = services }

  // MARK: Submission

  /// Answers `POST /v1/async/task`.
  func create(_ call: Call) {
    let contract = call.settings.contract
    guard let body = try? JSON(parsing: call.request.body) else {
      return call.refuse(.submissionInvalid(MonitorRequest.notJSON(in: contract)))
    }
    let submitted: Result<TaskRecord, APIError>
    var ignored = IgnoredMembers()
    let prepared = prepare(body, index: nil, call, ignored: &ignored)
    call.notes += ignored.notes
    switch prepared {
    case .failure(let error): submitted = .failure(error)
    case .success(let record):
      let limit = call.settings.plan.queueLimit
      submitted = call.organization.withState { state in
        let error = refusal(of: record, call, state)
        if let error { return .failure(error) }
        guard state.hasRoom(for: 1, limit: limit) else {
          return .failure(.queueLimitExceeded(queued: state.queuedCount, batch: 1, limit: limit))
        }
        return .success(insert(record, call, &state))
      }
    }
    switch submitted {
    case .failure(let error): call.refuse(error)
    case .success(let record):
      call.taskID = record.id
      // The slot is taken before the answer is sent, so that the client may rely on it; the answer
      // still says QUEUED.
      queue([record], call) { [self] bound in
        guard bound.isEmpty else { return call.refuse(Self.bound(record)) }
        watch(record, call)
        var body: [UInt8] = []
        body.reserveCapacity(256)
        body.append("{\"success\":true,")
        TaskRenderer.writeSummary(of: record, to: &body)
        body.append("}")
        call.respond(body, .queued(1, refused: 0))
      }
    }
  }

  /// Answers `POST /v1/async/task/batch`. Each item is checked separately, all under one lock.
  func createBatch(_ call: Call) {
    let contract = call.settings.contract
    guard let body = try? JSON(parsing: call.request.body) else {
      return call.refuse(.submissionInvalid(MonitorRequest.notJSON(in: contract)))
    }
    if let issue = AsyncTaskRequest.batchIssue(body, in: contract) {
      return call.refuse(.submissionInvalid([issue]))
    }
    let items = body.array ?? []
    var ignored = IgnoredMembers()
    let prepared = items.enumerated().map { prepare($1, index: $0, call, ignored: &ignored) }
    call.notes += ignored.notes
    let limit = call.settings.plan.queueLimit
    let submitted = call.organization.withState {
      state -> Result<[Result<TaskRecord, APIError>], APIError> in
      guard state.hasRoom(for: items.count, limit: limit) else {
        return .failure(
          .queueLimitExceeded(queued: state.queuedCount, batch: items.count, limit: limit))
      }
      return .success(
        prepared.map { item in
          item.flatMap { record in
            if let error = refusal(of: record, call, state) { return .failure(error) }
            return .success(insert(record, call, &state))
          }
        })
    }
    switch submitted {
    case .failure(let error): call.refuse(error)
    case .success(let accepted):
      queue(accepted.compactMap { try? $0.get() }, call) { [self] bound in
        let results = accepted.map { item in
          item.flatMap { bound.contains($0.id) ? .failure(Self.bound($0)) : .success($0) }
        }
        for case .success(let record) in results { watch(record, call) }
        let queued = results.count { (try? $0.get()) != nil }
        call.respond(
          batchAnswer(results, queued: queued, contract),
          .queued(queued, refused: results.count - queued))
      }
    }
  }

  /// Queues tasks that were accepted, or refuses the request when they can't be written.
  ///
  /// - Parameter completion: Called on the request's loop with those whose idempotency key belongs
  ///   to a task that only the file has, and that aren't queued.
  private func queue(
    _ records: [TaskRecord], _ call: Call,
    completion: @escaping @Sendable (Set<Identifier>) -> Void
  ) {
    let execute: @Sendable (@escaping @Sendable () -> Void) -> Void = { call.responder.execute($0) }
    tasks.queue(records, call.organization, execute: execute) { [self] queued in
      switch queued {
      case .success(let bound): completion(bound)
      case .failure(let error): refuse(call, error)
      }
    }
  }

  /// Refuses a request that needs the ledger's file, which can't be written or read.
  private func refuse(_ call: Call, _ error: LedgerError) {
    // Its organization was removed or reset meanwhile.
    guard error != .unknownAccount else {
      return call.refuseAnonymously(.invalidOrExpiredAPIKey, JournalReason(.keyRemoved))
    }
    // The double is stopping: nobody need be told.
    if error != .closed { services.chargeLog.refused(error) }
    call.refuse(.internalError, JournalReason(.ledger("\(error)")))
  }

  /// Accepts a task, and counts its question where a weather is set.
  private func insert(
    _ record: TaskRecord, _ call: Call, _ state: inout Organization.State
  ) -> TaskRecord {
    var record = record
    // A reset or a removal right after it takes the task away, too.
    guard !state.isRetired else { return record }
    if call.settings.weather != nil {
      let question = WeatherQuestion(record.request, isTask: true, identity: call.identity)
      record.before = state.asked.count(question.number)
    }
    if tasks.file.isKept {
      record.place = state.tasks.nextPlace()
      state.submitted.add(record)
    } else {
      state.tasks.insert(record)
    }
    return record
  }

  /// Looks whether the same task was submitted before without a key that would have shown it.
  private func watch(_ record: TaskRecord, _ call: Call) {
    guard record.submission.idempotencyKey == nil else { return }
    var hasher = Hasher()
    hasher.combine(record.request)
    hasher.combine(record.webhook?.url)
    call.organization.watch.submitted(
      hasher.finalize(), call.repeating(at: services.clock.now))
  }

  private func batchAnswer(
    _ results: [Result<TaskRecord, APIError>], queued: Int, _ contract: ContractRevision
  ) -> [UInt8] {
    let timestamp = services.clock.now.text
    let summary: JSON = [
      "total": JSON(results.count), "succeeded": JSON(queued),
      "failed": JSON(results.count - queued),
    ]
    var body: [UInt8] = []
    body.reserveCapacity(256 * (results.count + 1))
    body.append("{\"success\":true,\"summary\":")
    summary.write(to: &body)
    body.append(",\"results\":[")
    for (index, result) in results.enumerated() {
      if index > 0 { body.append(",") }
      switch result {
      case .success(let record):
        body.append("{\"success\":true,\"index\":")
        body.append(decimal: Int64(index))
        body.append(",")
        TaskRenderer.writeSummary(of: record, to: &body)
        body.append("}")
      case .failure(let error):
        let item: JSON = [
          "success": false, "index": JSON(index),
          "error": error.batchItem(at: index, in: contract, timestamp: timestamp),
        ]
        item.write(to: &body)
      }
    }
    body.append("]}")
    return body
  }

  /// Checks a task and creates its record.
  ///
  /// - Parameters:
  ///   - index: The task's place in its batch, from 0; nil for a task that is sent alone.
  ///   - members: Collects the members that are ignored.
  private func prepare(
    _ body: JSON, index: Int?, _ call: Call, ignored members: inout IgnoredMembers
  ) -> Result<TaskRecord, APIError> {
    let submission: AsyncTaskRequest
    var ignored = IgnoredMembers()
    let validated = AsyncTaskRequest.validate(
      body, in: call.settings.contract, unknownMembers: call.settings.unknownMembers,
      ignored: &ignored)
    members.add(ignored, ofItem: index)
    switch validated {
    case .invalid(let issues): return .failure(.submissionInvalid(issues))
    case .valid(let valid): submission = valid
    }
    let request = submission.request
    guard !call.settings.unavailable.contains(request.provider) else {
      return .failure(.modelUnavailable(request.provider.rawValue))
    }
    let seed = SeededRandom.mix(call.seed &+ UInt64(index ?? 0) &* 0x9E37_79B9_7F4A_7C15)
    return .success(
      TaskRecord(
        SubmittedTask(
          id: Identifier(seed), number: tasks.nextNumber(), key: call.key.text,
          submission: submission, createdAt: call.arrival, seed: seed,
          resultSeed: call.resultSeed(of: request),
          origin: call.origin(for: request),
          creditsToCharge: call.settings.prices.price(of: request, isSync: false),
          contract: call.settings.contract, style: call.settings.style),
        webhook: submission.webhookURL.map { TaskRecord.Webhook(url: $0) },
        requestID: call.requestID))
  }

  /// Why a valid task is refused, or nil. Submission reserves nothing, so each task is compared
  /// separately with the live balance.
  private func refusal(
    of record: TaskRecord, _ call: Call, _ state: Organization.State
  ) -> APIError? {
    if let key = record.submission.idempotencyKey, state.isBound(idempotencyKey: key) {
      return .taskExists(idempotencyKey: key)
    }
    return call.organization.account.balance < record.creditsToCharge ? .insufficientCredits : nil
  }

  /// Why a task is refused whose idempotency key belongs to another one.
  private static func bound(_ record: TaskRecord) -> APIError {
    .taskExists(idempotencyKey: record.submission.idempotencyKey ?? "")
  }

  // MARK: Reading

  /// Answers `GET /v1/async/task/{taskId}`, where the task's idempotency key may stand in place of
  /// its id.
  func read(_ text: String, _ call: Call) {
    let name = QueryString.decode(text[...], isForm: false)
    guard let id = tasks.find(name, call.organization) else {
      let isLookedUp = tasks.recall(name, call.organization) { [self] found in
        call.responder.execute { show(found, text, call) }
      }
      return isLookedUp ? () : call.refuse(.taskNotFound(text))
    }
    call.taskID = id
    // A request that arrives while the task is being ended is answered after the end.
    let found = tasks.read(id, call.organization) { [self] in read(text, call) }
    guard let (record, reading) = found else { return call.refuse(.taskNotFound(text)) }
    switch reading {
    case .waits: break
    case .seen(let isLast):
      call.organization.watch.read(
        id, isFinished: record.status.isFinal, call.repeating(at: services.clock.now))
      show(record, completes: isLast, call)
    }
  }

  /// Answers with what the ledger's file has under a text.
  private func show(
    _ found: Result<TaskRecord?, LedgerError>, _ text: String, _ call: Call
  ) {
    switch found {
    case .failure(let error): refuse(call, error)
    case .success(nil): call.refuse(.taskNotFound(text))
    case .success(let record?):
      call.taskID = record.id
      call.organization.watch.read(
        record.id, isFinished: true, call.repeating(at: services.clock.now))
      show(record, completes: false, call)
    }
  }

  private func show(_ record: TaskRecord, completes: Bool, _ call: Call) {
    var body: [UInt8] = []
    TaskRenderer(library: services.library).write(record, includesWebhook: true, to: &body)
    // The last read still shows the task unfinished, but the next one must not. So the answer is
    // sent after the task's end.
    if completes,
      tasks.complete(
        record.id, call.organization, completion: { [body] in call.respond(body) })
    {
      return
    }
    call.respond(body)
  }

  /// Answers `GET /v1/async/status`.
  func status(_ call: Call) {
    let body = call.organization.withState { state -> JSON in
      let usage = state.slots.usage(limit: state.settings.plan.concurrency)
      return [
        "queuedTasks": JSON(state.tasks.queuedCount),
        "processingTasks": JSON(state.tasks.processingCount),
        "priorityBreakdown": .array(
          state.tasks.breakdown.map {
            ["priority": JSON($0.priority), "count": JSON($0.count)]
          }),
        "concurrency": ["used": JSON(usage.current), "max": JSON(usage.limit)],
      ]
    }
    call.respond(body.encoded)
  }

  /// Answers `DELETE /v1/async/queue`.
  func clearQueue(_ call: Call) {
    tasks.clearQueue(call.organization) { cleared in
      let answer: JSON = ["success": true, "cleared": JSON(cleared)]
      call.responder.execute { call.respond(answer.encoded) }
    }
  }
}
