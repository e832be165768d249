import CloroContract
import JSON
import Ledger
import Simulation
import Synchronization

/// Runs asynchronous tasks: picks them up as slots become free, ends them by their progression,
/// charges them, and reports them.
///
/// The rules are ``TaskLife``'s. The engine reports events to it under the organization's lock, and
/// does what it asks for: slots and timers in the same step, the rest after the lock.
final class TaskEngine: Sendable {
  private let ledger: Ledger
  private let clock: MockClock
  private let library: ResultLibrary
  private let pages: ResultPages
  private let webhooks: WebhookDispatcher
  /// The rules that hold for all organizations.
  let rules: RuleSet
  /// Where all charges and renewals tell how they went.
  private let chargeLog: ChargeLog
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

  // MARK: Events and actions

  /// A task after an event, with what is left to do once the lock is let go.
  private struct Step: Sendable {
    let task: TaskRecord
    let actions: [TaskLife.Action]
  }

  /// Lets an event change a task's life, and does at once what has to agree with the board: slots
  /// and timers.
  ///
  /// - Parameters:
  ///   - state: The organization's, which is locked.
  ///   - event: Reports the event; nil when it changes nothing.
  /// - Returns: nil when it changes nothing, or the task is gone.
  private func change(
    _ id: Identifier, _ organization: Organization, _ state: inout Organization.State,
    _ event: (inout TaskLife) throws(ImpossibleEvent) -> [TaskLife.Action]?
  ) -> Step? {
    let actions = state.tasks.update(id) { task in
      certain { () throws(ImpossibleEvent) in try event(&task.life) }
    }
    guard let actions = actions ?? nil, let task = state.tasks[id] else { return nil }
    let rest = actions.filter { action in
      switch action {
      case .releaseSlot(let slot): state.slots.release(slot)
      case .cancelTimer: if let timer = task.timer { clock.cancel(timer) }
      case .setCompletionTimer(let due):
        setTimer(.completion, of: task, at: due, organization, &state)
      case .setExpiryTimer:
        setTimer(.expiry, of: task, at: task.expiresAt, organization, &state)
      case .complete, .charge, .resume, .keepPages, .report, .startNext: return true
      }
      return false
    }
    return Step(task: task, actions: rest)
  }

  private func setTimer(
    _ kind: MockClock.Kind, of task: TaskRecord, at moment: Timestamp,
    _ organization: Organization, _ state: inout Organization.State
  ) {
    // A record that took longer than a day goes at once after its end.
    let rest = max(0, moment.nanoseconds - clock.now.nanoseconds)
    let timer = clock.schedule(after: rest, kind: kind, id: task.id.text) { [self] in
      if kind == .completion {
        complete(task.id, organization)
      } else {
        organization.withState { $0.tasks.remove(task.id) }
      }
    }
    state.tasks.update(task.id) { $0.timer = timer }
  }

  /// Does what is left of a step.
  ///
  /// - Parameters:
  ///   - startsNext: False when the caller goes on with the next task itself.
  ///   - completion: Called when all is done: of an end, when that is recorded.
  private func perform(
    _ step: Step, _ organization: Organization, startsNext: Bool = true,
    completion: @escaping @Sendable () -> Void = {}
  ) {
    for action in step.actions {
      switch action {
      case .complete: complete(step.task.id, organization, startsNext: startsNext)
      case .charge: return charge(step.task, organization, completion: completion)
      case .resume(let waiters): for waiter in waiters { waiter.resume() }
      case .keepPages: pages.keep(step.task.resultInput, at: clock.now)
      case .report: deliver(step.task, organization)
      case .startNext: if startsNext { pump(organization) }
      case .releaseSlot, .cancelTimer, .setCompletionTimer, .setExpiryTimer: break
      }
    }
    completion()
  }

  // MARK: Pick-up

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
      while let step = pickUp(organization) { perform(step, organization, startsNext: false) }
    }
  }

  /// Picks up the next task, if a slot is free for it.
  private func pickUp(_ organization: Organization) -> Step? {
    let now = clock.now
    return organization.withState { state in
      let settings = state.settings
      guard state.slots.running < settings.plan.concurrency, let task = state.tasks.takeNext()
      else { return nil }
      // The live balance is checked again at pick-up. [contract: async tasks]
      guard organization.account.balance >= task.creditsToCharge else {
        return change(task.id, organization, &state) { life throws(ImpossibleEvent) in
          try life.turnedDown(Self.error(.insufficientCredits, of: task), at: now)
        }
      }
      let slot = state.slots.acquireUnlimited(for: .task(task.id))
      let stub = rules.stub(for: RuleSubject(task, of: organization))
      return change(task.id, organization, &state) { life throws(ImpossibleEvent) in
        try life.pickedUp(
          at: now, slot: slot, stub: stub, pace: Self.pace(of: task, stub, settings, at: now))
      }
    }
  }

  /// What brings a task to its end that is picked up now.
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
    var random = SeededRandom(seed: task.seed)
    let distribution = stub?.definition.latency ?? settings.latency(of: task.request.provider)
    let latency = distribution.sample(&random)
    return latency > 0 ? .latency(until: now.advanced(by: latency)) : .immediate
  }

  /// Lets a held task go on: its latency begins.
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

  /// Reads a task.
  ///
  /// - Parameter ended: Called after its end, if that is on the way: the reader waits for it.
  /// - Returns: The task, and what the read means for it; nil when there is none.
  func read(
    _ id: Identifier, _ organization: Organization, ended: @escaping @Sendable () -> Void
  ) -> (TaskRecord, TaskLife.Reading)? {
    organization.withState { state in
      let polls: Int? =
        if case .polls(let count) = state.settings.plan.progression { count } else { nil }
      return state.tasks.update(id) { task in
        let reading = task.life.read(polls: polls, ended: ended)
        return (task, reading)
      }
    }
  }

  // MARK: Ends

  /// Ends a task well: charges it, and fails it when the balance has become too small.
  ///
  /// - Parameters:
  ///   - given: A result given by hand, as JSON text.
  ///   - startsNext: False when the caller goes on with the next task itself.
  ///   - completion: Called when the end is recorded.
  /// - Returns: Whether there was such a task to end.
  @discardableResult
  func complete(
    _ id: Identifier, _ organization: Organization, given: [UInt8]? = nil,
    startsNext: Bool = true, completion: @escaping @Sendable () -> Void = {}
  ) -> Bool {
    enum Decision {
      case step(Step)
      /// A snapshot is being taken; the end comes right after it.
      case deferred
    }
    let now = clock.now
    let decision = organization.withState { state -> Decision? in
      guard let task = state.tasks[id], task.life.isOpen else { return nil }
      if state.deferredEnds != nil {
        let activity = clock.activity.begin()
        state.deferredEnds?.add { [self] in
          if !complete(id, organization, given: given, completion: completion) { completion() }
          clock.activity.end(activity)
        }
        return .deferred
      }
      let failure = given == nil ? failure(of: task, organization, state.settings) : nil
      return change(id, organization, &state) { life in
        if let failure { return life.failed(failure, at: now) }
        return life.endRequested(given: given)
      }.map { .step($0) }
    }
    guard let decision else { return false }
    if case .step(let step) = decision {
      perform(step, organization, startsNext: startsNext, completion: completion)
    }
    return true
  }

  /// Ends a task with an error of the caller's.
  ///
  /// - Returns: Whether there was such a task to end.
  func fail(_ id: Identifier, code: String, message: String, _ organization: Organization) -> Bool {
    let now = clock.now
    let step = organization.withState { state in
      change(id, organization, &state) {
        $0.failed(Self.error(code: code, message: message), at: now)
      }
    }
    guard let step else { return false }
    perform(step, organization)
    return true
  }

  /// Charges a task whose end is due.
  private func charge(
    _ task: TaskRecord, _ organization: Organization, completion: @escaping @Sendable () -> Void
  ) {
    let activity = clock.activity.begin()
    let price = organization.settings.prices.price(
      of: task.request, isSync: false,
      productClusters: ResultRenderer.productClusters(seed: task.resultSeed))
    let charge = Charge(
      account: organization.account, amount: price, at: clock.now.milliseconds,
      endpoint: "/v1/async/task", taskID: task.id.text)
    ledger.charge(charge) { [self] outcome in
      switch outcome {
      case .charged: if price > 0 { chargeLog.written() }
      case .insufficient, .failed(.unknownAccount), .failed(.closed): break
      case .failed(let reason): chargeLog.refused(reason)
      }
      settle(task, organization, price: price, outcome)
      completion()
      clock.activity.end(activity)
    }
  }

  /// Ends a task whose charge was decided.
  private func settle(
    _ task: TaskRecord, _ organization: Organization, price: Int64, _ outcome: ChargeOutcome
  ) {
    let now = clock.now
    let step = organization.withState { state in
      change(task.id, organization, &state) { life throws(ImpossibleEvent) in
        switch outcome {
        case .charged: try life.charged(price, at: now)
        case .insufficient:
          try life.notCharged(Self.error(.insufficientCredits, of: task), at: now)
        // The organization is gone, or the double, and the task with it.
        case .failed(.unknownAccount), .failed(.closed): try life.settlementLost()
        case .failed: try life.notCharged(Self.error(.internalError, of: task), at: now)
        }
      }
    }
    if let step { perform(step, organization) }
  }

  /// Hands a finished task's report over to its webhook.
  private func deliver(_ task: TaskRecord, _ organization: Organization) {
    guard let url = task.webhook?.url else { return }
    var body: [UInt8] = []
    TaskRenderer(library: library).write(task, includesWebhook: false, to: &body)
    webhooks.deliver(
      WebhookDispatcher.Report(
        taskID: task.id, url: url, body: body, settings: organization.settings.plan.webhooks,
        organization: organization, subject: RuleSubject(task, of: organization)))
  }

  // MARK: Removal and snapshots

  /// Forgets the tasks of an organization that is gone, with their timers and deliveries.
  func retire(_ organization: Organization) {
    let tasks = organization.withState { state in
      defer { state.tasks = TaskBoard() }
      return state.tasks.all
    }
    for task in tasks {
      for action in task.life.retired() {
        if case .cancelTimer = action, let timer = task.timer { clock.cancel(timer) }
        if case .resume(let waiters) = action { for waiter in waiters { waiter.resume() } }
      }
    }
    webhooks.forget(organization)
  }

  /// Lets the tasks of an organization that came back from a snapshot go on where they were.
  ///
  /// - Parameter moment: When the snapshot was taken.
  func resume(_ organization: Organization, savedAt moment: Timestamp) {
    let now = clock.now
    let passed = now.nanoseconds - moment.nanoseconds
    let tasks = organization.withState { state in
      // What was left of a day is left again.
      state.tasks.updateAll { $0.timeInSnapshots += passed }
      return state.tasks.all
    }
    for task in tasks {
      let step = organization.withState { state in
        let settings = state.settings
        return change(task.id, organization, &state) { life throws(ImpossibleEvent) in
          try life.resumed(at: now, savedAt: moment) { run in
            Self.pace(of: task, run.stub, settings, at: now)
          }
        }
      }
      if let step { perform(step, organization) }
    }
    pump(organization)
  }
}
