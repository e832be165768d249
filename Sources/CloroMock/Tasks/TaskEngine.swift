import CloroContract
import JSON
import Ledger
import Simulation
import Synchronization

/// Runs asynchronous tasks: picks them up as slots become free, ends them according to their
/// progression, charges them, and sends their reports.
///
/// ``TaskLife`` has the rules. The engine reports events to it under the organization's lock, and
/// performs its actions: those on slots and timers under the same lock, the rest after it.
///
/// Where the ledger is a file, its ``TaskFile`` has each task: `TaskEngine+File.swift`.
final class TaskEngine: Sendable {
  let ledger: Ledger
  let file: TaskFile
  let clock: MockClock
  private let library: ResultLibrary
  private let pages: ResultPages
  private let webhooks: WebhookDispatcher
  /// The rules that apply to all organizations.
  let rules: RuleSet
  /// The log to which all charges and renewals report their outcome.
  let chargeLog: ChargeLog
  private let finished: FinishedTasks
  let retired = RetiredTasks()
  /// Whether a task whose question no stub answers fails.
  private let needsStubs: Bool
  /// The recordings that answer; nil when there are none.
  private let replay: Replay?
  /// Asks the real service; nil when nothing is to be recorded.
  private let recorder: Recorder?
  /// Told of each change of a task.
  let changes = ChangeSignal()

  init(
    ledger: Ledger, file: TaskFile, clock: MockClock, rules: RuleSet, library: ResultLibrary,
    pages: ResultPages, chargeLog: ChargeLog, webhooks: WebhookDispatcher,
    finished: FinishedTasks, needsStubs: Bool = false, replay: Replay? = nil,
    recorder: Recorder? = nil
  ) {
    self.recorder = recorder
    self.replay = replay
    self.needsStubs = needsStubs
    self.finished = finished
    self.ledger = ledger
    self.file = file
    self.clock = clock
    self.rules = rules
    self.library = library
    self.pages = pages
    self.chargeLog = chargeLog
    self.webhooks = webhooks
  }

  /// The number of the next task that is submitted.
  func nextNumber() -> UInt64 { file.lastNumber.add(1, ordering: .relaxed).newValue }

  // MARK: Events and actions

  /// A task after an event, with the actions that remain once the lock is released.
  struct Step: Sendable {
    let task: TaskRecord
    let actions: [TaskLife.Action]
    /// What the real service is to be asked, so that its answer ends the task.
    var asked: Recorder.Asked?
  }

  /// Applies an event to a task, and performs at once the actions that must agree with the board:
  /// those on slots and timers.
  ///
  /// - Parameters:
  ///   - state: The organization's state, which is locked.
  ///   - event: Reports the event; nil when it changes nothing.
  /// - Returns: nil when it changes nothing, or the task is gone.
  func change(
    _ id: Identifier, _ organization: Organization, _ state: inout Organization.State,
    _ event: (inout TaskLife) throws(ImpossibleEvent) -> [TaskLife.Action]?
  ) -> Step? {
    var actions: [TaskLife.Action]?
    let changed = state.tasks.update(id) { task in
      actions = certain { () throws(ImpossibleEvent) in try event(&task.life) }
      return task
    }
    guard let task = changed, let actions else { return nil }
    var rest: [TaskLife.Action] = []
    for action in actions {
      switch action {
      case .releaseSlot(let slot): state.slots.release(slot)
      case .cancelTimer: if let timer = task.timer { clock.cancel(timer) }
      case .setCompletionTimer(let due):
        setTimer(.completion, of: task, at: due, organization, &state)
      case .setAttemptTimer(let due): setTimer(.attempt, of: task, at: due, organization, &state)
      case .setExpiryTimer:
        // The record of a task that took longer than a day is removed right after its end.
        state.tasks.putAway(
          id, until: clock.schedule(at: task.expiresAt, id: id, of: organization))
        rest.append(action)
      case .requeue: state.tasks.requeue(task)
      case .complete, .charge, .writeFailure, .resume, .keepPages, .report, .startNext:
        rest.append(action)
      }
    }
    note(task, organization)
    return Step(task: task, actions: rest)
  }

  private func setTimer(
    _ kind: MockClock.Kind, of task: TaskRecord, at moment: Timestamp,
    _ organization: Organization, _ state: inout Organization.State
  ) {
    let rest = max(0, moment.nanoseconds - clock.now.nanoseconds)
    let id = task.id
    let timer = clock.schedule(after: rest, kind: kind, id: id.text) { [self] in
      if kind == .completion {
        complete(id, organization)
      } else {
        endAttemptOrWait(id, organization)
      }
    }
    state.tasks.update(id) { $0.timer = timer }
  }

  /// Performs the remaining actions of a step.
  ///
  /// - Parameters:
  ///   - startsNext: False when the caller starts the next task itself.
  ///   - report: An ended task's, if that was made already.
  ///   - completion: Called when all actions are done; for an end, when it is recorded.
  func perform(
    _ step: Step, _ organization: Organization, startsNext: Bool = true,
    report: WebhookDispatcher.Report? = nil,
    completion: @escaping @Sendable () -> Void = {}
  ) {
    for action in step.actions {
      switch action {
      case .complete: complete(step.task.id, organization, startsNext: startsNext)
      case .charge:
        charge(step.task, organization, completion: completion)
        return changes.tell()
      case .writeFailure(let error):
        write(step.task, failing: error, organization, completion: completion)
        return changes.tell()
      case .resume(let waiters): for waiter in waiters { waiter.resume() }
      case .keepPages: keepPages(of: step.task, at: clock.now)
      case .setExpiryTimer: makeRoom(for: step.task.id, organization)
      case .report:
        if let report = report ?? self.report(of: step.task, organization) {
          webhooks.deliver(report)
        }
      case .startNext: if startsNext { pump(organization) }
      case .releaseSlot, .cancelTimer, .setCompletionTimer, .setAttemptTimer,
        .requeue:
        break
      }
    }
    completion()
    changes.tell()
  }

  /// Keeps a result's pages for `html` links.
  func keepPages(of task: TaskRecord, at now: Timestamp) {
    pages.keep(task.resultInput, including: task.request.include, at: now)
  }

  // MARK: Pick-up

  /// Releases a request's slot, and gives it to the next task.
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
    // All balances are checked before any task that starts now is charged.
    ledger.together {
      while let step = pickUp(organization) {
        perform(step, organization, startsNext: false)
        if let asked = step.asked { ask(asked, step.task.id, organization) }
      }
    }
  }

  /// Picks up the next task, if a slot is free for it.
  private func pickUp(_ organization: Organization) -> Step? {
    let now = clock.now
    return organization.withState { state in
      // A pick-up may be the end.
      if file.isKept, state.deferredEnds != nil {
        state.deferredEnds?.add { [self] in pump(organization) }
        return nil
      }
      let settings = state.settings
      guard state.slots.running < settings.plan.concurrency, let task = state.tasks.takeNext()
      else {
        state.tasks.noteWaiting()
        return nil
      }
      if let error = Self.refusal(of: task, organization, settings) {
        return turnDown(task, error, organization, &state)
      }
      let stub =
        stub(of: task, organization, settings, at: now)
        ?? state.recording(of: task.request, in: task.contract, replay)
      // What the weather will fail in the end isn't worth the service's credits.
      let isStruck = stub == nil && recorder?.isOn == true && Self.isStruck(task, settings)
      let asked = stub == nil && !isStruck ? asked(task, settings) : nil
      guard stub != nil || asked != nil || isStruck || !needsStubs else {
        return turnDown(task, replay == nil ? .noStub : .noRecording, organization, &state)
      }
      let slot = state.slots.acquireUnlimited(for: .task(task.id))
      let pace = asked == nil ? Self.pace(of: task, stub, settings, at: now) : .upstream
      var step = change(task.id, organization, &state) { life throws(ImpossibleEvent) in
        try life.pickedUp(at: now, slot: slot, stub: stub, pace: pace)
      }
      if step == nil, let asked { recorder?.release(asked.price) }
      step?.asked = asked
      return step
    }
  }

  /// Refuses a task at its pick-up.
  private func turnDown(
    _ task: TaskRecord, _ error: APIError, _ organization: Organization,
    _ state: inout Organization.State
  ) -> Step? {
    let now = clock.now
    return change(task.id, organization, &state) { life throws(ImpossibleEvent) in
      let error = Self.error(error, of: task)
      guard file.isKept else { return try life.turnedDown(error, at: now) }
      return life.failed(error, at: now, isWritten: true)
    }
  }

  /// What the real service is asked, if its answers are recorded: the price is set aside.
  private func asked(_ task: TaskRecord, _ settings: OrganizationSettings) -> Recorder.Asked? {
    guard let recorder, recorder.reserve(task.creditsToCharge) else { return nil }
    return Recorder.Asked(
      request: task.request, contract: settings.contract, body: nil,
      price: task.creditsToCharge,
      secrets: [task.key, settings.plan.webhooks.secret ?? "", task.webhook?.url ?? ""])
  }

  /// Asks the real service for a task, whose answer ends it. Its report is sent by the double.
  private func ask(_ asked: Recorder.Asked, _ id: Identifier, _ organization: Organization) {
    recorder?.askAsTask(asked) { [self] outcome in
      switch outcome {
      case .result(let answer):
        complete(id, organization, given: answer.text, heedsFaults: true)
      case .refused(let status, let body, _):
        let error = (try? JSON(parsing: body))?["error"]
        _ = fail(
          id, code: error?["code"]?.string ?? "EXTERNAL_SERVICE_ERROR",
          message: error?["message"]?.string ?? "upstream answered \(status)", organization)
      case .failed(let reason):
        _ = fail(id, code: "EXTERNAL_SERVICE_ERROR", message: "upstream: \(reason)", organization)
      }
    }
  }

  /// Why a task can't be picked up, or nil. Payload and balance are checked again, for settings and
  /// credits may have changed since its submission. [contract: async tasks; source]
  private static func refusal(
    of task: TaskRecord, _ organization: Organization, _ settings: OrganizationSettings
  ) -> APIError? {
    let provider = task.request.provider
    guard !settings.unavailable.contains(provider) else {
      return .modelUnavailable(provider.rawValue)
    }
    // In the contract of its submission the payload was valid.
    if settings.contract != task.contract {
      let issues = task.request.issuesOfRecheck(in: settings.contract, prefix: "payload.")
      guard issues.isEmpty else { return .submissionInvalid(issues) }
    }
    return organization.account.balance < task.creditsToCharge ? .insufficientCredits : nil
  }

  /// What ends a task that is picked up now.
  private static func pace(
    of task: TaskRecord, _ stub: CountedRule<Stub>?, _ settings: OrganizationSettings,
    at now: Timestamp
  ) -> TaskLife.Pace {
    switch settings.plan.progression {
    case .time: latency(of: task, stub, settings, at: now)
    case .immediate: .immediate
    case .polls: .polls
    case .hold: .held
    }
  }

  private static func latency(
    of task: TaskRecord, _ stub: CountedRule<Stub>?, _ settings: OrganizationSettings,
    at now: Timestamp
  ) -> TaskLife.Pace {
    // The organization's tasks are a series of draws, and so are their second attempts.
    var seed = StableHash(seed: settings.seed)
    seed.combine(task.key)
    seed.combine(UInt64(task.life.failedAttempts))
    let latency = settings.latency(
      of: task.request.provider, or: stub, draw: task.place, seed: seed.value)
    guard latency > 0 else { return .immediate }
    return latency > APIError.attemptWindow
      ? .timeOut(at: now.advanced(by: APIError.attemptWindow))
      : .latency(until: now.advanced(by: latency))
  }

  /// The time from each failed attempt to the next one, in nanoseconds; there are no attempts
  /// beyond. [chosen: how many there are, and when, isn't documented]
  static let backOffs: [Int64] = [30 * 1_000_000_000, 60 * 1_000_000_000]

  /// An attempt has used up its time, or the wait for the next one is over.
  private func endAttemptOrWait(_ id: Identifier, _ organization: Organization) {
    let now = clock.now
    let step = organization.withState { state -> Step? in
      guard let task = state.tasks[id] else { return nil }
      let failed = task.life.failedAttempts
      let retryAt = failed < Self.backOffs.count ? now.advanced(by: Self.backOffs[failed]) : nil
      if file.isKept, retryAt == nil {
        let isPutOff = putOff(id, organization, &state) { [self] in
          endAttemptOrWait(id, organization)
        }
        if isPutOff { return nil }
      }
      let error = Self.error(.taskRetriesExceeded, of: task)
      return change(id, organization, &state) { life in
        life.retryDue()
          ?? life.timedOut(at: now, retryAt: retryAt, error, isWritten: file.isKept)
      }
    }
    if let step { perform(step, organization) }
  }

  /// Releases a held task: its latency begins.
  ///
  /// - Returns: Whether it was held.
  func release(_ id: Identifier, _ organization: Organization) -> Bool {
    let now = clock.now
    let step = organization.withState { state -> Step? in
      guard let task = state.tasks[id] else { return nil }
      let pace = Self.latency(of: task, task.life.run?.stub, state.settings, at: now)
      return change(id, organization, &state) { $0.released(pace) }
    }
    guard let step else { return false }
    perform(step, organization)
    return true
  }

  // MARK: Reading

  /// The task that a text names: by its id, or else by its idempotency key. [client]
  func find(_ text: String, _ organization: Organization) -> Identifier? {
    organization.withState { state in
      if let id = Identifier(text: text), state.tasks.contains(id) { return id }
      return state.tasks.id(ofIdempotencyKey: Array(text.utf8))
    }
  }

  /// Deletes the tasks that wait for their first or another attempt.
  ///
  /// - Parameter completion: Called with how many they were, once the ledger's file hasn't got them
  ///   any more.
  func clearQueue(
    _ organization: Organization, completion: @escaping @Sendable (Int) -> Void
  ) {
    let count = organization.withState { state -> Int? in
      let cleared = state.tasks.clearQueue()
      for task in cleared { if let timer = task.timer { clock.cancel(timer) } }
      guard file.isKept, !cleared.isEmpty else { return cleared.count }
      file.clear(cleared, of: organization.account) { completion(cleared.count) }
      return nil
    }
    if let count { completion(count) }
  }

  /// Reads a task.
  ///
  /// - Parameter ended: Called after its end, if the task is being ended: the reader waits for
  ///   that.
  /// - Returns: The task and the result of the read; nil when there is no such task.
  func read(
    _ id: Identifier, _ organization: Organization, ended: @escaping @Sendable () -> Void
  ) -> (TaskRecord, TaskLife.Reading)? {
    organization.withState { state in
      if let task = state.tasks.finished(id) { return (task, .seen(isLast: false)) }
      let polls: Int? =
        if case .polls(let count) = state.settings.plan.progression { count } else { nil }
      let found = state.tasks.update(id) { task in
        let reading = task.life.read(polls: polls, ended: ended)
        return (task, reading)
      }
      // Elsewhere nothing depends on how often a task was read.
      if polls != nil, let (task, _) = found { note(task, organization) }
      return found
    }
  }

  // MARK: Ends

  private enum EndDecision {
    case step(Step)
    /// A snapshot is being taken; the end follows right after it.
    case putOff
  }

  /// Completes a task: charges it, or fails it when the balance has become too small.
  ///
  /// - Parameters:
  ///   - given: A result given by hand, as JSON text.
  ///   - heedsFaults: Whether a fault may fail it although a result is given.
  ///   - startsNext: False when the caller starts the next task itself.
  ///   - completion: Called when the end is recorded.
  /// - Returns: Whether there was such a task to end.
  @discardableResult
  func complete(
    _ id: Identifier, _ organization: Organization, given: [UInt8]? = nil,
    heedsFaults: Bool = false, startsNext: Bool = true,
    completion: @escaping @Sendable () -> Void = {}
  ) -> Bool {
    let now = clock.now
    let decision = organization.withState { state -> EndDecision? in
      guard let task = state.tasks[id], task.life.isOpen else { return nil }
      let isPutOff = putOff(id, organization, &state) { [self] in
        let isEnded = complete(
          id, organization, given: given, heedsFaults: heedsFaults, completion: completion)
        if !isEnded { completion() }
      }
      guard !isPutOff else { return .putOff }
      let failure =
        given == nil || heedsFaults ? failure(of: task, organization, state.settings) : nil
      return change(id, organization, &state) { life in
        if let failure { return life.failed(failure, at: now, isWritten: file.isKept) }
        return life.endRequested(given: given)
      }.map { .step($0) }
    }
    guard let decision else { return false }
    if case .step(let step) = decision {
      perform(step, organization, startsNext: startsNext, completion: completion)
    }
    return true
  }

  /// Puts off an end until the snapshot that is being taken is there.
  ///
  /// - Parameter end: Ends the task, if that is still to be done then.
  /// - Returns: Whether one is being taken.
  private func putOff(
    _ id: Identifier, _ organization: Organization, _ state: inout Organization.State,
    _ end: @escaping @Sendable () -> Void
  ) -> Bool {
    guard state.deferredEnds != nil else { return false }
    let activity = begin(id, organization)
    state.deferredEnds?.add { [self] in
      end()
      clock.activity.end(activity)
    }
    return true
  }

  /// Ends a task with an error given by the caller.
  ///
  /// - Parameter completion: Called when the end is recorded.
  /// - Returns: Whether there was such a task to end.
  @discardableResult
  func fail(
    _ id: Identifier, code: String, message: String, _ organization: Organization,
    completion: @escaping @Sendable () -> Void = {}
  ) -> Bool {
    let now = clock.now
    let decision = organization.withState { state -> EndDecision? in
      guard let task = state.tasks[id], task.life.isOpen else { return nil }
      if file.isKept {
        let isPutOff = putOff(id, organization, &state) { [self] in
          if !fail(id, code: code, message: message, organization, completion: completion) {
            completion()
          }
        }
        if isPutOff { return .putOff }
      }
      return change(id, organization, &state) {
        $0.failed(Self.error(code: code, message: message), at: now, isWritten: file.isKept)
      }.map { .step($0) }
    }
    guard let decision else { return false }
    if case .step(let step) = decision { perform(step, organization, completion: completion) }
    return true
  }

  /// Begins work on a task that an advance of the clock waits for.
  func begin(_ id: Identifier, _ organization: Organization) -> Activity.Token {
    clock.activity.begin(
      MockClock.Work(kind: .completion, id: id.text, owner: organization.name))
  }

  /// Charges a task whose end is due.
  private func charge(
    _ task: TaskRecord, _ organization: Organization, completion: @escaping @Sendable () -> Void
  ) {
    let activity = begin(task.id, organization)
    let price =
      task.life.run?.stub?.definition.recorded?.credits
      ?? organization.settings.prices.price(
        of: task.request, isSync: false,
        productClusters: ResultRenderer.productClusters(seed: task.resultSeed))
    let now = clock.now
    let written = file.isKept ? writing(task, .charged(price), organization, at: now) : nil
    let charge = Charge(
      account: organization.account, amount: price, at: now.milliseconds,
      endpoint: "/v1/async/task", taskID: task.id.text, documents: written?.documents ?? [])
    ledger.charge(charge) { [self] outcome in
      switch outcome {
      case .charged:
        if price > 0 { chargeLog.written() }
        organization.tally.count(
          under: organization.settings, taskOf: task.request.provider, charged: price)
        settle(task, .charged(price), organization, written)
        if written != nil { noteWritten(organization) }
      case .insufficient:
        let error = Self.error(.insufficientCredits, of: task)
        if file.isKept {
          write(task, failing: error, organization, completion: completion)
          return clock.activity.end(activity)
        }
        settle(task, .failed(error), organization)
      // The organization is gone, or the double is stopping, and the task ends with it.
      case .failed(.unknownAccount), .failed(.closed): settle(task, .lost, organization)
      case .failed(let reason):
        chargeLog.refused(reason)
        refuse(task, organization)
      }
      completion()
      clock.activity.end(activity)
    }
  }

  /// How a task ends that is being ended.
  enum Settlement: Sendable {
    case charged(Int64)
    /// Carries the error object, as JSON text.
    case failed([UInt8])
    /// Its organization is gone, or the double is stopping.
    case lost

    func apply(
      to life: inout TaskLife, at now: Timestamp
    ) throws(ImpossibleEvent) -> [TaskLife.Action] {
      switch self {
      case .charged(let credits): try life.charged(credits, at: now)
      case .failed(let error): try life.notCharged(error, at: now)
      case .lost: try life.settlementLost()
      }
    }
  }

  /// Ends a task whose charge was decided, or whose failure is written.
  ///
  /// - Parameter written: What was written of its end, if anything.
  func settle(
    _ task: TaskRecord, _ settlement: Settlement, _ organization: Organization,
    _ written: Written? = nil
  ) {
    let now = written?.at ?? clock.now
    let step = organization.withState { state in
      change(task.id, organization, &state) { life throws(ImpossibleEvent) in
        try settlement.apply(to: &life, at: now)
      }
    }
    if let step { perform(step, organization, report: written?.report) }
  }

  /// Drops the oldest finished tasks when there are too many with this one.
  private func makeRoom(for id: Identifier, _ organization: Organization) {
    for (owner, oldest) in finished.note(id, organization) {
      let expiry = owner.withState { state -> MockClock.OwnedTimer? in
        guard let task = state.tasks.finished(oldest) else { return nil }
        if file.isKept { owner.hasFiledTasks.store(true, ordering: .releasing) }
        state.tasks.remove(oldest)
        return task.expiry
      }
      guard let expiry else { continue }
      clock.cancel(expiry, of: owner)
      // What a file has isn't lost.
      guard !file.isKept else { continue }
      owner.tasksDropped.add(1, ordering: .relaxed)
      finished.countDropped()
    }
  }

  /// How many finished tasks were dropped before their day was over.
  var droppedTasks: Int64 { finished.dropped }

  /// A finished task's report to its webhook; nil when it has none.
  func report(
    of task: TaskRecord, _ organization: Organization
  ) -> WebhookDispatcher.Report? {
    guard let url = task.webhook?.url else { return nil }
    let source = ReportSource(task, TaskRenderer(library: library))
    // A file has it at each step. Otherwise it is made when it is sent.
    let content = file.isKept ? ReportContent(of: source) : ReportContent(unmade: source)
    let settings = organization.settings
    return WebhookDispatcher.Report(
      content, of: task, to: url, settings: settings.plan.webhooks, organization,
      weatherSeed: Self.weatherSeed(of: task, settings),
      label: settings.plan.label, at: clock.now)
  }

  // MARK: Removal and snapshots

  /// Drops the tasks of an organization that is gone, with their timers and deliveries.
  func retire(_ organization: Organization) {
    let board = organization.withState { state in
      defer { (state.tasks, state.isRetired) = (TaskBoard(), true) }
      return state.tasks
    }
    let timers = clock.cancelAll(of: organization)
    for task in board.unfinished {
      for action in task.life.retired() {
        if case .cancelTimer = action, let timer = task.timer { clock.cancel(timer) }
        if case .resume(let waiters) = action { for waiter in waiters { waiter.resume() } }
      }
    }
    webhooks.forget(organization)
    retired.add(
      RetiredTasks.Remains(
        board: board, timers: timers, finished: finished.forget(organization)))
  }

  /// Gives back the memory of tasks whose organizations are gone, and lets the ledger delete what
  /// it has of these, off the caller's thread. To be called when who removed them has an answer.
  func releaseRetired() {
    guard !retired.isEmpty else { return }
    file.async { [retired, ledger] in
      retired.release()
      ledger.sweep()
    }
  }

  /// Continues the tasks of an organization that was restored from a snapshot.
  ///
  /// - Parameters:
  ///   - moment: When the snapshot was taken.
  ///   - now: The present time; nil asks the clock.
  func resume(_ organization: Organization, savedAt moment: Timestamp, at now: Timestamp? = nil) {
    let now = now ?? clock.now
    let passed = now.nanoseconds - moment.nanoseconds
    // All in one step: the timers that it sets may fire at once and start tasks of the queue.
    let steps = organization.withState { state -> [Step] in
      let settings = state.settings
      // Those that are submitted next come after them, even if another process has made them.
      file.lastNumber.max(state.tasks.all.last?.number ?? 0, ordering: .relaxed)
      // The time that remained of a record's day remains again.
      state.tasks.updateAll { $0.wasInSnapshot(for: passed) }
      return state.tasks.all.compactMap { task in
        var asked: Recorder.Asked?
        var step = change(task.id, organization, &state) { life in
          life.resumed(at: now, savedAt: moment) { run in
            // Nobody waits any more for an answer that was under way at the snapshot.
            if run.stub == nil { asked = self.asked(task, settings) }
            return asked == nil ? Self.pace(of: task, run.stub, settings, at: now) : .upstream
          }
        }
        step?.asked = asked
        return step
      }
    }
    for step in steps {
      perform(step, organization)
      if let asked = step.asked { ask(asked, step.task.id, organization) }
    }
    pump(organization)
  }
}
