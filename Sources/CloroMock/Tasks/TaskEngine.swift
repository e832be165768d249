import CloroContract
import JSON
import Ledger
import Simulation
import Synchronization

/// Runs asynchronous tasks: picks them up as slots become free, ends them by their progression,
/// charges them, and reports them.
final class TaskEngine: Sendable {
  /// How long a task's record lives from its creation, in nanoseconds. [contract: async tasks]
  static let recordLifetime: Int64 = 24 * 3600 * 1_000_000_000

  private let ledger: Ledger
  private let clock: MockClock
  private let library: ResultLibrary
  let pages: ResultPages
  private let webhooks: WebhookDispatcher
  /// The rules that hold for all organizations.
  let rules: RuleSet
  /// Where all charges and renewals tell how they went.
  let chargeLog: ChargeLog
  private let count = Atomic<UInt64>(0)

  init(
    ledger: Ledger, clock: MockClock, rules: RuleSet, library: ResultLibrary,
    pages: ResultPages, chargeLog: ChargeLog, webhooks: WebhookDispatcher
  ) {
    self.ledger = ledger
    self.clock = clock
    self.rules = rules
    self.library = library
    self.pages = pages
    self.chargeLog = chargeLog
    self.webhooks = webhooks
  }

  /// The number of the next task that is submitted.
  func nextNumber() -> UInt64 { count.add(1, ordering: .relaxed).newValue }

  // MARK: Slots

  /// Gives back a request's slot, and hands it to the next task.
  func release(_ slot: ConcurrencySlots.Slot, of organization: Organization) {
    let isQueued = organization.withState { state in
      state.slots.release(slot)
      return state.tasks.queuedCount > 0
    }
    if isQueued { pump(organization) }
  }

  /// Starts as many queued tasks as slots are free.
  func pump(_ organization: Organization) {
    guard organization.withState({ $0.tasks.queuedCount > 0 }) else { return }
    // Each balance is looked at before any of those that start now is charged.
    ledger.together {
      while let (task, progression) = startNext(organization) {
        start(task, progression, organization)
      }
    }
  }

  private func startNext(
    _ organization: Organization
  ) -> (TaskRecord, Plan.Progression)? {
    let now = clock.now
    return organization.withState { state in
      state.startNextTask(at: now).map { ($0, state.settings.plan.progression) }
    }
  }

  private func start(
    _ task: TaskRecord, _ progression: Plan.Progression, _ organization: Organization
  ) {
    // The live balance is checked again at pick-up. [contract: async tasks]
    guard organization.account.balance >= task.creditsToCharge else {
      guard organization.withState({ $0.tasks.claimEnd(task.id) }) != nil else { return }
      organization.withState { $0.tasks.update(task.id) { $0.failedAtPickUp = true } }
      // The caller goes on with the next task, so this end doesn't.
      return finish(
        task.id, .failed, error(.insufficientCredits, task), charged: 0, organization,
        pumps: false)
    }
    progress(choosingStub(of: task, organization), progression, organization)
  }

  /// Lets a task that has a slot go on.
  private func progress(
    _ task: TaskRecord, _ progression: Plan.Progression, _ organization: Organization
  ) {
    switch progression {
    case .time: schedule(task, organization)
    case .immediate: complete(task.id, organization)
    case .polls: break
    case .hold:
      organization.withState { state in state.tasks.update(task.id) { $0.isHeld = true } }
    }
  }

  /// Completes a task when its latency has passed.
  private func schedule(_ task: TaskRecord, _ organization: Organization) {
    var random = SeededRandom(seed: task.seed)
    let distribution =
      task.stub?.definition.latency ?? organization.settings.latency(of: task.request.provider)
    let latency = distribution.sample(&random)
    guard latency > 0 else {
      complete(task.id, organization)
      return
    }
    complete(task.id, organization, after: latency)
  }

  private func complete(_ id: Identifier, _ organization: Organization, after latency: Int64) {
    let due = clock.now.advanced(by: latency)
    let timer = clock.schedule(after: latency, kind: .completion, id: id.text) { [self] in
      complete(id, organization)
    }
    // It may have fired by now; the finished task then has another timer already.
    organization.withState { state in
      state.tasks.update(id) { task in
        guard task.finishedAt == nil else { return }
        (task.timer, task.dueAt) = (timer, due)
      }
    }
  }

  /// Lets a held task go on.
  ///
  /// - Returns: Whether it was held.
  func release(_ id: Identifier, _ organization: Organization) -> Bool {
    let task: TaskRecord? = organization.withState { state in
      guard let task = state.tasks[id], task.isHeld, task.status == .processing else { return nil }
      state.tasks.update(id) { $0.isHeld = false }
      return task
    }
    guard let task else { return false }
    schedule(task, organization)
    return true
  }

  /// Lets the tasks of an organization that came back from a snapshot go on where they were.
  ///
  /// - Parameter moment: When the snapshot was taken.
  func resume(_ organization: Organization, savedAt moment: Timestamp) {
    let now = clock.now
    let passed = now.nanoseconds - moment.nanoseconds
    let (tasks, progression) = organization.withState { state in
      // What was left of a day is left again.
      state.tasks.updateAll { $0.timeInSnapshots += passed }
      return (state.tasks.all, state.settings.plan.progression)
    }
    for task in tasks {
      switch task.status {
      case .queued: break
      case .completed, .failed: expire(task, organization, now)
      case .processing:
        if let due = task.dueAt {
          let rest = due.nanoseconds - moment.nanoseconds
          complete(task.id, organization, after: max(0, rest))
        } else {
          progress(task, progression, organization)
        }
      }
    }
    pump(organization)
  }

  /// Forgets the tasks of an organization that is gone, with their timers and deliveries.
  func retire(_ organization: Organization) {
    let tasks = organization.withState { state in
      defer { state.tasks = TaskBoard() }
      return state.tasks.all
    }
    for task in tasks {
      if let timer = task.timer { clock.cancel(timer) }
      for waiting in task.whenFinished { waiting() }
    }
    webhooks.forget(organization)
  }

  // MARK: Ends

  /// Ends a task well: charges it, and fails it when the balance has become too small.
  ///
  /// - Parameters:
  ///   - given: A result given by hand, as JSON text.
  ///   - done: Called when the end is recorded.
  /// - Returns: Whether there was such a task to end.
  @discardableResult
  func complete(
    _ id: Identifier, _ organization: Organization, given: [UInt8]? = nil,
    done: @escaping @Sendable () -> Void = {}
  ) -> Bool {
    let task: TaskRecord
    switch claimEnd(
      id, organization,
      orLater: { [self] in
        if !complete(id, organization, given: given, done: done) { done() }
      })
    {
    case .claimed(let claimed): task = claimed
    case .later: return true
    case .none: return false
    }
    if given == nil, let failure = strike(task) ?? stubbedError(task) {
      finish(id, .failed, failure, charged: 0, organization)
      done()
      return true
    }
    let activity = clock.activity.begin()
    let price = organization.settings.prices.price(
      of: task.request, isSync: false,
      productClusters: ResultRenderer.productClusters(seed: task.resultSeed))
    let charge = Charge(
      account: organization.account, amount: price, at: clock.now.milliseconds,
      endpoint: "/v1/async/task", taskID: id.text)
    ledger.charge(charge) { [self] outcome in
      switch outcome {
      case .charged:
        if price > 0 { chargeLog.written() }
        let outcome = given.map { TaskRecord.Outcome.given($0) } ?? .result
        finish(id, .completed, outcome, charged: price, organization)
      case .insufficient:
        finish(id, .failed, error(.insufficientCredits, task), charged: 0, organization)
      case .failed(.unknownAccount), .failed(.closed):
        // The organization is gone, or the double, and the task with it.
        let waiting = organization.withState { state in
          state.tasks[id].map(\.whenFinished) ?? []
        }
        for waiting in waiting { waiting() }
      case .failed(let reason):
        chargeLog.refused(reason)
        finish(id, .failed, error(.internalError, task), charged: 0, organization)
      }
      done()
      clock.activity.end(activity)
    }
    return true
  }

  private enum Claim {
    case claimed(TaskRecord)
    /// A snapshot is being taken; the end comes right after it.
    case later
    /// There is no such task to end.
    case none
  }

  private func claimEnd(
    _ id: Identifier, _ organization: Organization, orLater retry: @escaping @Sendable () -> Void
  ) -> Claim {
    organization.withState { state in
      guard state.waitingForSnapshot != nil, state.tasks[id]?.isEnding == false else {
        return state.tasks.claimEnd(id).map { .claimed($0) } ?? .none
      }
      let activity = clock.activity.begin()
      state.waitingForSnapshot?.append { [clock] in
        retry()
        clock.activity.end(activity)
      }
      return .later
    }
  }

  /// Ends a task with an error of the caller's.
  ///
  /// - Returns: Whether there was such a task to end.
  func fail(_ id: Identifier, code: String, message: String, _ organization: Organization) -> Bool {
    guard organization.withState({ $0.tasks.claimEnd(id) }) != nil else { return false }
    let body: JSON = ["error": ["code": .string(code), "message": .string(message)]]
    finish(id, .failed, .error(body.encoded), charged: 0, organization)
    return true
  }

  func error(_ error: APIError, _ task: TaskRecord) -> TaskRecord.Outcome {
    .error(error.taskResponse(in: task.contract).encoded)
  }

  private func finish(
    _ id: Identifier, _ status: TaskStatus, _ outcome: TaskRecord.Outcome, charged: Int64,
    _ organization: Organization, pumps: Bool = true
  ) {
    let now = clock.now
    let finished = organization.withState { state -> TaskRecord? in
      guard
        let record = state.tasks.finish(id, status, outcome: outcome, charged: charged, at: now)
      else { return nil }
      if let slot = record.slot { state.slots.release(slot) }
      return record
    }
    guard let finished else { return }
    for waiting in finished.whenFinished { waiting() }
    if case .result = outcome { pages.keep(finished.resultInput, at: now) }
    expire(finished, organization, now)
    report(finished, organization)
    if pumps { pump(organization) }
  }

  /// Deletes a finished task when it is a day old; one that took longer goes at once after its end.
  private func expire(_ task: TaskRecord, _ organization: Organization, _ now: Timestamp) {
    if let timer = task.timer { clock.cancel(timer) }
    let rest = task.expiresAt.nanoseconds - now.nanoseconds
    let timer = clock.schedule(after: max(0, rest), kind: .expiry, id: task.id.text) {
      organization.withState { $0.tasks.remove(task.id) }
    }
    organization.withState { $0.tasks.update(task.id) { $0.timer = timer } }
  }

  private func report(_ task: TaskRecord, _ organization: Organization) {
    guard let url = task.webhook?.url else { return }
    var body: [UInt8] = []
    TaskRenderer(library: library).write(task, includesWebhook: false, to: &body)
    webhooks.deliver(
      WebhookDispatcher.Report(
        taskID: task.id, url: url, body: body, settings: organization.settings.plan.webhooks,
        organization: organization, subject: RuleSubject(task, seed: task.seed)))
  }
}
