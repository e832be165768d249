import Dispatch
import HTTPServer
import Synchronization

/// Delivers the reports of finished tasks, tries again after failures, and remembers every attempt.
final class WebhookDispatcher: Sendable {
  /// What is to be delivered.
  struct Report: Sendable {
    let taskID: Identifier
    let url: String
    let body: [UInt8]
    let settings: Plan.Webhooks
    let organization: Organization
  }

  /// An attempt that is to be made.
  private struct Job: Sendable {
    let number: UInt64
    let report: Report
    let isManual: Bool
    let activity: Activity.Token

    /// What shares a gate: scheme, host and port.
    var receiver: String {
      let parts = report.url.split(separator: "/", maxSplits: 2)
      guard parts.count > 1 else { return report.url }
      return "\(parts[0])//\(parts[1].prefix { $0 != "?" && $0 != "#" })".lowercased()
    }
  }

  private struct State {
    var log = WebhookLog()
    var gate = ReceiverGate<Job>()
  }

  private let clock: MockClock
  private let transport = WebhookTransport()
  private let sending = DispatchQueue(label: "cloro-mock.webhooks")
  private let state = Mutex(State())

  init(clock: MockClock) { self.clock = clock }

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
      state.log.removeAll { $0.report.organization === organization }
    }
    for delivery in forgotten { if let retry = delivery.retry { clock.cancel(retry) } }
  }

  /// Ends all attempts.
  func close() { transport.close() }

  // MARK: Attempts

  private func attempt(_ number: UInt64, isManual: Bool) {
    guard let report = state.withLock({ $0.log[number]?.report }) else { return }
    guard report.settings.mode == .deliver else {
      _ = begin(number, report, isManual)
      _ = state.withLock { $0.log.update(number) { $0.isOver = true } }
      return
    }
    let job = Job(
      number: number, report: report, isManual: isManual, activity: clock.activity.begin())
    if state.withLock({ $0.gate.enter(job.receiver, job) }) { send(job) }
  }

  /// Records the beginning of an attempt.
  ///
  /// - Returns: nil when the delivery was forgotten while it waited.
  private func begin(
    _ number: UInt64, _ report: Report, _ isManual: Bool
  ) -> WebhookDelivery.Attempt? {
    let now = clock.now
    let timestamp = System.wallNanoseconds() / 1_000_000_000
    let delivery = state.withLock { state in
      state.log.update(number) { delivery in
        let attempt = delivery.attempts.count + 1
        var headers = [("Content-Type", "application/json")] as [(name: String, value: String)]
        headers += WebhookSignature.headers(
          taskID: report.taskID.text, attempt: attempt, body: report.body, timestamp: timestamp,
          secret: report.settings.secret)
        delivery.attempts.append(
          WebhookDelivery.Attempt(
            number: attempt, at: now, headers: headers, isManual: isManual))
      }
    }
    return delivery?.attempts.last
  }

  private func send(_ job: Job) {
    // Jobs whose deliveries were forgotten are passed over, however many wait.
    var next: Job? = job
    while let job = next {
      if let attempt = begin(job.number, job.report, job.isManual) {
        return transmit(job, attempt)
      }
      next = leave(job)
    }
  }

  private func transmit(_ job: Job, _ attempt: WebhookDelivery.Attempt) {
    transport.send(job.report.body, to: job.report.url, headers: attempt.headers) {
      [self] outcome in
      over(job, attempt.number, outcome)
      guard let next = leave(job) else { return }
      // Not from here: an outcome that comes at once would go down a level for each waiting job.
      sending.async { self.send(next) }
    }
  }

  /// Gives the job's place at its receiver back.
  ///
  /// - Returns: The job that takes it.
  private func leave(_ job: Job) -> Job? {
    let next = state.withLock { $0.gate.leave(job.receiver) }
    clock.activity.end(job.activity)
    return next
  }

  private func over(_ job: Job, _ attempt: Int, _ outcome: OneShotClient.Outcome) {
    let isDelivered = if case .answered(200..<300) = outcome { true } else { false }
    let delivery = state.withLock { state in
      state.log.update(job.number) { delivery in
        switch outcome {
        case .answered(let status): delivery.attempts[attempt - 1].status = status
        case .failed(let reason): delivery.attempts[attempt - 1].error = reason
        }
        if isDelivered { delivery.isOver = true }
      }
    }
    guard let delivery else { return }
    if isDelivered {
      if let retry = delivery.retry { clock.cancel(retry) }
      noteDelivery(job.report)
    } else if !job.isManual, !delivery.isOver {
      retry(job.number, delivery)
    }
  }

  private func retry(_ number: UInt64, _ delivery: WebhookDelivery) {
    let plan = WebhookRetryPlan(settings: delivery.report.settings)
    guard let delay = plan.delay(afterAttempt: delivery.plannedAttempts) else {
      _ = state.withLock { $0.log.update(number) { $0.isOver = true } }
      return
    }
    let retry = clock.schedule(
      after: delay * 1_000_000_000, kind: .delivery, id: delivery.id
    ) { [self] in attempt(number, isManual: false) }
    _ = state.withLock { $0.log.update(number) { $0.retry = retry } }
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
