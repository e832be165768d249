import HTTPServer
import Platform
import Simulation
import Synchronization

/// Delivers the reports of finished tasks, retries after failures, and records every attempt.
///
/// ``DeliveryLife`` has the rules. The dispatcher reports events to it under its lock, and performs
/// its actions: those on timers under the same lock, the rest after it.
final class WebhookDispatcher: Sendable {
  struct State {
    var log: WebhookLog
    var gate: ReceiverGate<WebhookJob>
    /// The deliveries that wait until another one of their organization was sent, in order of
    /// arrival.
    var held: [ObjectIdentifier: [UInt64]] = [:]
    /// Whether the double is stopping. What fails from then on is tried again by the next one.
    var isStopping = false
    /// The receiver of the last report.
    private var lastReceiver: WebhookReceiver?
    private var lastKey: WebhookSignature.Key?

    init(connections: Int, log: WebhookLog) {
      gate = ReceiverGate(places: connections)
      self.log = log
    }

    /// The receiver with an address. Reports mostly go where the last one went.
    mutating func receiver(_ url: String) -> WebhookReceiver {
      if let lastReceiver, lastReceiver.url.hasSameBytes(as: url) { return lastReceiver }
      let receiver = WebhookReceiver(url)
      lastReceiver = receiver
      return receiver
    }

    /// The key of a secret, which mostly is the last one's.
    mutating func key(_ secret: String) -> WebhookSignature.Key {
      if let lastKey, lastKey.secret.hasSameBytes(as: secret) { return lastKey }
      let key = WebhookSignature.Key(secret)
      lastKey = key
      return key
    }
  }

  let clock: MockClock
  let file: TaskFile
  /// Renders what only the file has of a report.
  let renderer: TaskRenderer
  /// The rules that apply to all organizations.
  let rules: RuleSet
  /// The longest time that an attempt is held back, in nanoseconds of the double's clock.
  private static let longestHold: Int64 = 60 * 1_000_000_000

  private let transport = WebhookTransport()
  /// Told of each change of a delivery.
  let changes = ChangeSignal()
  /// An exchange that takes less, in nanoseconds, was prompt.
  private static let promptness: Int64 = 1_000_000_000
  let state: Mutex<State>

  /// - Parameters:
  ///   - connections: The most connections to receivers at a time, 1 or more.
  ///   - kept: The most deliveries that are over, and the most that are not.
  init(
    clock: MockClock, file: TaskFile, renderer: TaskRenderer, rules: RuleSet, connections: Int,
    kept: Int
  ) {
    self.clock = clock
    self.file = file
    self.renderer = renderer
    self.rules = rules
    state = Mutex(
      State(connections: max(1, connections), log: WebhookLog(most: kept, isFiled: file.isKept)))
  }

  /// Starts the threads. Without this call the first attempt does.
  func start() throws(SystemError) { try transport.start() }

  /// Delivers a report, at once or when its receiver has a free place.
  func deliver(_ report: Report) {
    let delivery = WebhookDelivery(report)
    guard report.settings.mode == .deliver else {
      return collect(state.withLock { add(delivery, &$0) }, report, false)
    }
    let activity = beginWork(delivery.id, report)
    let job = state.withLock { state in
      enter(add(delivery, &state), report, isManual: false, isReleased: false, activity, &state)
    }
    if let job { send([job]) }
  }

  /// Adds a delivery to the log, with the next number if it has none. The oldest one under way is
  /// given up when there are too many.
  ///
  /// - Returns: Its number.
  func add(_ delivery: WebhookDelivery, _ state: inout State) -> UInt64 {
    var delivery = delivery
    if delivery.number == 0 { delivery.number = file.nextDelivery() }
    let gone = state.log.add(delivery)
    if let timer = gone?.timer { clock.cancel(timer) }
    if let gone { erase(gone) }
    return delivery.number
  }

  /// How many deliveries were dropped for newer ones.
  var dropped: Int64 { state.withLock { $0.log.dropped } }

  /// Sends a delivery once more.
  ///
  /// - Returns: Whether there is such a delivery.
  func redeliver(_ id: String) -> Bool {
    guard let number = state.withLock({ $0.log.number(of: id) }) else { return false }
    attempt(number, isManual: true)
    return true
  }

  /// The deliveries of one organization, or of all, that came after the one with a number; oldest
  /// first.
  ///
  /// - Parameters:
  ///   - limit: The most; nil for all.
  ///   - filed: Others that only the ledger's file may have. The default is none.
  func deliveries(
    of organization: Organization?, after number: UInt64 = 0, limit: Int? = nil,
    joinedBy filed: [WebhookDelivery] = []
  ) -> [WebhookDelivery] {
    // Read from a copy, so that nobody waits for it.
    let present = state.withLock { $0.log }
      .deliveries(of: organization, after: number, limit: limit)
    guard !filed.isEmpty else { return present }
    let known = Set(present.map(\.number))
    let all = (filed.filter { !known.contains($0.number) } + present)
      .sorted { $0.number < $1.number }
    return Array(all.prefix(limit ?? .max))
  }

  /// Drops the deliveries of an organization that is gone: waiting attempts are not sent, and
  /// attempts under way are not retried.
  func forget(_ organization: Organization) {
    let forgotten = state.withLock { state in
      state.held[ObjectIdentifier(organization)] = nil
      return state.log.removeAll(of: organization)
    }
    for delivery in forgotten { if let timer = delivery.timer { clock.cancel(timer) } }
  }

  /// Ends all attempts.
  func close() {
    state.withLock { $0.isStopping = true }
    transport.close()
    giveUpHeld()
  }

  // MARK: Events and actions

  /// A delivery after an event, with the actions that remain once the lock is released.
  struct Step: Sendable {
    fileprivate let number: UInt64
    fileprivate let report: Report
    fileprivate let actions: [DeliveryLife.Action]
  }

  /// Applies an event to a delivery, and sets and cancels its timers at once.
  ///
  /// - Parameters:
  ///   - state: The dispatcher's state, which is locked.
  ///   - event: Reports the event; nil when it changes nothing.
  /// - Returns: nil when it changes nothing, or the delivery was forgotten.
  func change(
    _ number: UInt64, _ state: inout State,
    _ event: (inout WebhookDelivery) throws(ImpossibleEvent) -> [DeliveryLife.Action]?
  ) -> Step? {
    let isStopping = state.isStopping
    let step = state.log.update(number) { delivery -> Step? in
      let wasOver = delivery.life.isOver
      let actions = certain { () throws(ImpossibleEvent) in try event(&delivery) }
      guard let actions else {
        note(delivery, wasOver: wasOver, isStopping)
        return nil
      }
      var rest: [DeliveryLife.Action] = []
      for action in actions {
        switch action {
        case .cancelTimer: if let timer = delivery.timer { clock.cancel(timer) }
        case .setRetryTimer(let due):
          let wait = max(0, due.nanoseconds - clock.now.nanoseconds)
          delivery.timer = setTimer(after: wait, number, delivery) { $0.life.retryDue() }
        case .setReleaseTimer:
          let wait = delivery.delay ?? Self.longestHold
          delivery.timer = setTimer(after: wait, number, delivery) {
            $0.life.released()
          }
        case .enqueue, .noteDelivery: rest.append(action)
        }
      }
      note(delivery, wasOver: wasOver, isStopping)
      return Step(number: number, report: delivery.report, actions: rest)
    }
    return step ?? nil
  }

  private func setTimer(
    after nanoseconds: Int64, _ number: UInt64, _ delivery: WebhookDelivery,
    _ event: @escaping @Sendable (inout WebhookDelivery) -> [DeliveryLife.Action]?
  ) -> MockClock.TimerHandle {
    clock.schedule(after: nanoseconds, kind: .delivery, id: delivery.id) { [self] in
      if let step = state.withLock({ change(number, &$0, event) }) { perform(step) }
    }
  }

  /// Performs the remaining actions of a step.
  func perform(_ step: Step) {
    for action in step.actions {
      switch action {
      case .enqueue(let isReleased):
        attempt(step.number, isManual: false, isReleased: isReleased)
      case .noteDelivery: noteDelivery(step.report)
      case .cancelTimer, .setRetryTimer, .setReleaseTimer: break
      }
    }
  }

  // MARK: Attempts

  /// - Parameter isReleased: Whether a fault has already held it back.
  func attempt(_ number: UInt64, isManual: Bool, isReleased: Bool = false) {
    guard let delivery = state.withLock({ $0.log[number] }) else { return }
    let report = delivery.report
    guard report.settings.mode == .deliver else { return collect(number, report, isManual) }
    let activity = beginWork(delivery.id, report)
    let job = state.withLock {
      enter(number, report, isManual: isManual, isReleased: isReleased, activity, &$0)
    }
    if let job { send([job]) }
  }

  /// An advance of the clock waits for the attempt from now on.
  private func beginWork(_ id: String, _ report: Report) -> Activity.Token {
    clock.activity.begin(
      MockClock.Work(kind: .delivery, id: id, owner: report.organization.name))
  }

  /// Makes an attempt's job, and lets it enter the gate.
  ///
  /// - Parameter state: The dispatcher's state, which is locked.
  /// - Returns: The job if it may start now.
  private func enter(
    _ number: UInt64, _ report: Report, isManual: Bool, isReleased: Bool,
    _ activity: Activity.Token, _ state: inout State
  ) -> WebhookJob? {
    let job = WebhookJob(
      number: number, report: report, receiver: state.receiver(report.url),
      key: report.settings.secret.map { state.key($0) }, isManual: isManual, isReleased: isReleased,
      activity: activity)
    return state.gate.enter(job.receiver.key, job) ? job : nil
  }

  /// Records an attempt instead of making it.
  private func collect(_ number: UInt64, _ report: Report, _ isManual: Bool) {
    let now = clock.now
    let headers = report.settings.secret.map {
      Self.signed(report.body, WebhookSignature.Key($0))
    }
    state.withLock { state in
      let isStopping = state.isStopping
      _ = state.log.update(number) { delivery in
        let wasOver = delivery.life.isOver
        _ = delivery.begin(headers ?? .unsigned, at: now, isPlanned: !isManual)
        certain { () throws(ImpossibleEvent) in try delivery.life.collected() }
        note(delivery, wasOver: wasOver, isStopping)
      }
    }
    report.organization.tally.count(webhook: Tally.Webhooks(attempts: 1))
    changes.tell()
  }

  /// Records the start of a job's attempt.
  ///
  /// - Returns: The attempt with its index in the delivery; nil when the delivery was dropped while
  ///   it waited.
  private func begin(
    _ job: WebhookJob, _ body: [UInt8], flaw: WebhookSignature.Flaw?
  ) -> Begun? {
    let now = clock.now
    let headers = job.key.map { Self.signed(body, $0, flaw) }
    return state.withLock { state in
      let isStopping = state.isStopping
      let isAwaited = state.gate.isAwaited(job.receiver.key)
      return state.log.update(job.number) { delivery in
        if !job.isManual { certain { () throws(ImpossibleEvent) in try delivery.life.begun() } }
        var begun = delivery.begin(headers ?? .unsigned, at: now, isPlanned: !job.isManual)
        begun.keepsConnection = isAwaited
        note(delivery, wasOver: delivery.life.isOver, isStopping)
        return begun
      }
    }
  }

  /// The headers of an attempt that is made now, in real time: receivers compare that with their
  /// own clocks.
  private static func signed(
    _ body: [UInt8], _ key: WebhookSignature.Key, _ flaw: WebhookSignature.Flaw? = nil
  ) -> WebhookHeaders {
    let timestamp = System.wallNanoseconds() / 1_000_000_000
    return .signed(WebhookSignature(of: body, timestamp: timestamp, key, flaw: flaw))
  }

  /// An attempt that is under way.
  fileprivate struct Begun: Sendable {
    let attempt: WebhookDelivery.Attempt
    let place: Int
    /// Whether another report waits for the receiver.
    var keepsConnection = false
  }

  private func send(_ jobs: [WebhookJob]) {
    // A loop and not recursion, because any number of jobs may be skipped.
    var jobs = jobs[...]
    while let job = jobs.popFirst() {
      let faults = strike(job)
      if case .webhookReorder? = faults.passage?.definition.kind {
        hold(job)
      } else if case .slow(let delay)? = faults.weather {
        hold(job, for: delay)
      } else if case let body = job.report.body,
        let begun = begin(job, body, flaw: faults.flaw)
      {
        if case .webhookDrop? = faults.passage?.definition.kind {
          finish(job, begun, .failed("dropped by the fault \(faults.passage!.id)"))
        } else if case .lost(let probability)? = faults.weather {
          finish(job, begun, .failed(Self.loss(job, probability)))
        } else if transport.isClosed {
          finish(job, begun, .failed("stopped"))
        } else {
          transmit(job, begun, body, isDoubled: faults.passage != nil)
          continue
        }
      }
      jobs += leave(job, .prompt)
    }
  }

  private static func loss(_ job: WebhookJob, _ probability: Double) -> String {
    let weather = job.report.organization.settings.weather
    return weather?.mention("lost", probability) ?? "lost"
  }

  /// - Parameter isDoubled: Whether the same attempt is sent once more right after it.
  private func transmit(_ job: WebhookJob, _ begun: Begun, _ body: [UInt8], isDoubled: Bool) {
    let start = System.monotonicNanoseconds()
    transport.send(
      body, to: job.receiver,
      headers: begun.attempt.headers.fields(
        of: job.report.taskID, attempt: begun.attempt.number),
      within: job.report.settings.timeoutSeconds, keepsConnection: begun.keepsConnection
    ) { [self] outcome in
      let duration = System.monotonicNanoseconds() - start
      let ending = Self.ending(outcome, after: duration)
      watch(duration, job.report)
      finish(job, begun, outcome)
      if isDoubled, let again = repeating(begun, job) {
        return transmit(job, again, body, isDoubled: false)
      }
      sendHeld(after: job)
      let next = leave(job, ending)
      guard !next.isEmpty else { return }
      // Not by a direct call, because outcomes that arrive at once would recurse for each waiting
      // job. Where nothing is sent any more, no outcome comes that way.
      if !transport.execute({ self.send(next) }) { send(next) }
    }
  }

  private static func ending(
    _ outcome: OneShotClient.Outcome, after nanoseconds: Int64
  ) -> ReceiverGate<WebhookJob>.Ending {
    if nanoseconds < promptness { return .prompt }
    if case .answered = outcome { return .late }
    return .silent
  }

  /// Records the start of an attempt that repeats another one.
  private func repeating(_ begun: Begun, _ job: WebhookJob) -> Begun? {
    let now = clock.now
    return state.withLock { state in
      state.log.update(job.number) { delivery in
        delivery.append(
          WebhookDelivery.Attempt(
            number: begun.attempt.number, at: now, headers: begun.attempt.headers,
            isPlanned: false))
      }
    }
  }

  /// Releases the job's place at its receiver.
  ///
  /// - Returns: The jobs that may start now.
  private func leave(
    _ job: WebhookJob, _ ending: ReceiverGate<WebhookJob>.Ending
  ) -> [WebhookJob] {
    let next = state.withLock { $0.gate.leave(job.receiver.key, ending) }
    clock.activity.end(job.activity)
    return next
  }

  /// Records the outcome of an attempt.
  private func finish(_ job: WebhookJob, _ begun: Begun, _ outcome: OneShotClient.Outcome) {
    let isDelivered = if case .answered(200..<300) = outcome { true } else { false }
    let now = clock.now
    var counts = Tally.Webhooks(attempts: 1)
    // The task's part of a success is written with the delivery's.
    file.together {
      let step = state.withLock { state in
        change(job.number, &state) { delivery throws(ImpossibleEvent) in
          switch outcome {
          case .answered(let status): delivery.attempts[begun.place].status = status
          case .failed(let reason): delivery.attempts[begun.place].error = reason
          }
          let wasDelivered = delivery.wasDelivered
          if isDelivered, !wasDelivered {
            delivery.wasDelivered = true
            counts.delivered = 1
          }
          guard begun.attempt.isPlanned else {
            return isDelivered ? delivery.life.deliveredBesides() : nil
          }
          guard !isDelivered else { return try delivery.life.delivered() }
          let delay = WebhookRetryPlan(settings: delivery.report.settings)
            .delay(afterAttempt: delivery.plannedAttempts)
          if delay == nil, !wasDelivered { counts.failed = 1 }
          return try delivery.life.failed(
            retryAt: delay.map { now.advanced(by: $0 * 1_000_000_000) })
        }
      }
      job.report.organization.tally.count(webhook: counts)
      if let step { perform(step) }
    }
    changes.tell()
  }

  /// Notes a receiver that was slow.
  private func watch(_ duration: Int64, _ report: Report) {
    let organization = report.organization
    organization.watch.delivered(
      after: duration,
      report.requestID.map { id in
        ClientWatch.Repeating(
          id: id, organization: organization.name, settings: organization.settings, now: clock.now)
      })
  }

  private func noteDelivery(_ report: Report) {
    let (now, organization) = (clock.now, report.organization)
    organization.withState { state in
      let task = state.tasks.update(report.taskID) { task in
        if task.webhook?.deliveredAt == nil { task.webhook?.deliveredAt = now }
        return task
      }
      file.noteDelivery(of: task, report.taskID, organization.account, at: now)
    }
  }
}

extension WebhookDelivery {
  /// Records the start of an attempt.
  fileprivate mutating func begin(
    _ headers: WebhookHeaders, at time: Timestamp, isPlanned: Bool
  ) -> WebhookDispatcher.Begun {
    let number = takeNumber(isPlanned: isPlanned)
    return append(Attempt(number: number, at: time, headers: headers, isPlanned: isPlanned))
  }

  fileprivate mutating func append(_ attempt: Attempt) -> WebhookDispatcher.Begun {
    attempts.append(attempt)
    return WebhookDispatcher.Begun(attempt: attempt, place: attempts.count - 1)
  }
}
