import Dispatch
import HTTPServer
import Platform
import Simulation
import Synchronization

/// Delivers the reports of finished tasks, tries again after failures, and remembers every attempt.
final class WebhookDispatcher: Sendable {
  /// What is to be delivered.
  struct Report: Sendable {
    let taskID: Identifier
    let url: String
    let body: [UInt8]
    let settings: Plan.Webhooks
    var organization: Organization
    /// What faults look at: the task.
    var subject: RuleSubject
  }

  struct State {
    var log = WebhookLog()
    var gate = ReceiverGate<WebhookJob>()
    /// The deliveries that wait until another one of their organization was sent, as they came.
    var held: [ObjectIdentifier: [UInt64]] = [:]
  }

  let clock: MockClock
  /// The rules that hold for all organizations.
  let rules: RuleSet
  private let transport = WebhookTransport()
  private let sending = DispatchQueue(label: "cloro-mock.webhooks")
  let state = Mutex(State())

  init(clock: MockClock, rules: RuleSet) {
    self.clock = clock
    self.rules = rules
  }

  /// Delivers a report, at once or as soon as its receiver has a place.
  func deliver(_ report: Report) {
    var hash = StableHash()
    hash.combine("delivery")
    hash.combine(report.taskID.text)
    let delivery = WebhookDelivery(id: Identifier(hash.value).text, report: report)
    let number = state.withLock { $0.log.add(delivery) }
    attempt(number, isManual: false)
  }

  /// Sends a delivery once more.
  ///
  /// - Returns: Whether there is such a delivery.
  func redeliver(_ id: String) -> Bool {
    guard let number = state.withLock({ $0.log.number(of: id) }) else { return false }
    attempt(number, isManual: true)
    return true
  }

  /// All deliveries, oldest first; those of one organization when given.
  func deliveries(of organization: Organization?) -> [WebhookDelivery] {
    state.withLock { $0.log.all }.filter {
      organization == nil || $0.report.organization === organization
    }
  }

  /// Forgets the deliveries of an organization that is gone: what waits isn't sent any more, and
  /// what is under way isn't tried again.
  func forget(_ organization: Organization) {
    let forgotten = state.withLock { state in
      state.held[ObjectIdentifier(organization)] = nil
      return state.log.removeAll { $0.report.organization === organization }
    }
    for delivery in forgotten { if let retry = delivery.retry { clock.cancel(retry) } }
  }

  /// Ends all attempts.
  func close() {
    transport.close()
    forgetHeld()
  }

  // MARK: Attempts

  /// - Parameter isReleased: Whether a fault has held it back before.
  func attempt(_ number: UInt64, isManual: Bool, isReleased: Bool = false) {
    guard let report = state.withLock({ $0.log[number]?.report }) else { return }
    guard report.settings.mode == .deliver else {
      _ = begin(number, report, isPlanned: !isManual, flaw: nil)
      _ = state.withLock { $0.log.update(number) { $0.isOver = true } }
      return
    }
    let job = WebhookJob(
      number: number, report: report, isManual: isManual, isReleased: isReleased,
      activity: clock.activity.begin())
    if state.withLock({ $0.gate.enter(job.receiver, job) }) { send(job) }
  }

  /// Records the beginning of an attempt.
  ///
  /// - Returns: The attempt with its place among the delivery's; nil when the delivery was forgotten
  ///   while it waited.
  private func begin(
    _ number: UInt64, _ report: Report, isPlanned: Bool, flaw: WebhookSignature.Flaw?
  ) -> Begun? {
    let now = clock.now
    let timestamp = System.wallNanoseconds() / 1_000_000_000
    let delivery = state.withLock { state in
      state.log.update(number) { delivery in
        let attempt = delivery.nextNumber
        var headers = [("Content-Type", "application/json")] as [(name: String, value: String)]
        headers += WebhookSignature.headers(
          taskID: report.taskID.text, attempt: attempt, body: report.body, timestamp: timestamp,
          secret: report.settings.secret, flaw: flaw)
        delivery.attempts.append(
          WebhookDelivery.Attempt(
            number: attempt, at: now, headers: headers, isPlanned: isPlanned))
      }
    }
    return Begun(delivery)
  }

  /// An attempt that is under way.
  private struct Begun: Sendable {
    let attempt: WebhookDelivery.Attempt
    let place: Int

    init?(_ delivery: WebhookDelivery?) {
      guard let attempt = delivery?.attempts.last, let count = delivery?.attempts.count else {
        return nil
      }
      self.attempt = attempt
      place = count - 1
    }
  }

  private func send(_ job: WebhookJob) {
    // Jobs that aren't sent are passed over, however many wait.
    var next: WebhookJob? = job
    while let job = next {
      let faults = strike(job)
      if case .webhookReorder? = faults.passage?.definition.kind {
        hold(job)
      } else if let begun = begin(
        job.number, job.report, isPlanned: !job.isManual, flaw: faults.flaw)
      {
        guard case .webhookDrop? = faults.passage?.definition.kind else {
          return transmit(job, begun, isDoubled: faults.passage != nil)
        }
        over(job, begun, .failed("dropped by the fault \(faults.passage!.id)"))
      }
      next = leave(job)
    }
  }

  /// - Parameter isDoubled: Whether the same is sent once more right afterwards.
  private func transmit(_ job: WebhookJob, _ begun: Begun, isDoubled: Bool) {
    transport.send(job.report.body, to: job.report.url, headers: begun.attempt.headers) {
      [self] outcome in
      over(job, begun, outcome)
      if isDoubled, let again = repeating(begun, job) {
        return transmit(job, again, isDoubled: false)
      }
      sendHeld(after: job)
      guard let next = leave(job) else { return }
      // Not from here: an outcome that comes at once would go down a level for each waiting job.
      sending.async { self.send(next) }
    }
  }

  /// Records the beginning of an attempt that is the same as another one.
  private func repeating(_ begun: Begun, _ job: WebhookJob) -> Begun? {
    let now = clock.now
    let delivery = state.withLock { state in
      state.log.update(job.number) { delivery in
        delivery.attempts.append(
          WebhookDelivery.Attempt(
            number: begun.attempt.number, at: now, headers: begun.attempt.headers,
            isPlanned: false))
      }
    }
    return Begun(delivery)
  }

  /// Gives the job's place at its receiver back.
  ///
  /// - Returns: The job that takes it.
  private func leave(_ job: WebhookJob) -> WebhookJob? {
    let next = state.withLock { $0.gate.leave(job.receiver) }
    clock.activity.end(job.activity)
    return next
  }

  private func over(_ job: WebhookJob, _ begun: Begun, _ outcome: OneShotClient.Outcome) {
    let isDelivered = if case .answered(200..<300) = outcome { true } else { false }
    let delivery = state.withLock { state in
      state.log.update(job.number) { delivery in
        switch outcome {
        case .answered(let status): delivery.attempts[begun.place].status = status
        case .failed(let reason): delivery.attempts[begun.place].error = reason
        }
        if isDelivered {
          delivery.isOver = true
          delivery.isHeld = false
        }
      }
    }
    guard let delivery else { return }
    if isDelivered {
      if let retry = delivery.retry { clock.cancel(retry) }
      noteDelivery(job.report)
    } else if begun.attempt.isPlanned, !delivery.isOver {
      retry(job.number, delivery)
    }
  }

  private func retry(_ number: UInt64, _ delivery: WebhookDelivery) {
    let plan = WebhookRetryPlan(settings: delivery.report.settings)
    guard let delay = plan.delay(afterAttempt: delivery.plannedAttempts) else {
      _ = state.withLock { $0.log.update(number) { $0.isOver = true } }
      return
    }
    retry(number, delivery, after: delay * 1_000_000_000)
  }

  func retry(_ number: UInt64, _ delivery: WebhookDelivery, after nanoseconds: Int64) {
    let due = clock.now.advanced(by: nanoseconds)
    let retry = clock.schedule(after: nanoseconds, kind: .delivery, id: delivery.id) { [self] in
      attempt(number, isManual: false)
    }
    _ = state.withLock { state in
      state.log.update(number) { ($0.retry, $0.retryAt) = (retry, due) }
    }
  }

  private func noteDelivery(_ report: Report) {
    let now = clock.now
    report.organization.withState { organization in
      organization.tasks.update(report.taskID) { task in
        if task.webhook?.deliveredAt == nil { task.webhook?.deliveredAt = now }
      }
    }
  }
}
