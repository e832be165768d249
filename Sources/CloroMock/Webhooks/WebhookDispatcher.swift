import DequeModule
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

  /// An attempt that waits for a place at its receiver.
  private struct Job: Sendable {
    let deliveryID: String
    let report: Report
  }

  private struct State {
    var deliveries: [String: WebhookDelivery] = [:]
    var order: Deque<String> = []
    var gate = ReceiverGate<Job>()
  }

  /// The most deliveries that are remembered; the oldest go first.
  private static let longestLog = 10_000

  private let clock: MockClock
  private let transport = WebhookTransport()
  private let state = Mutex(State())

  init(clock: MockClock) { self.clock = clock }

  /// Delivers a report, at once or as soon as its receiver has a place.
  func deliver(_ report: Report) {
    let id = Identifier(Self.seed(of: report.taskID)).text
    state.withLock { state in
      state.deliveries[id] = WebhookDelivery(id: id, report: report)
      state.order.append(id)
      if state.order.count > Self.longestLog {
        state.deliveries[state.order.removeFirst()] = nil
      }
    }
    attempt(id)
  }

  /// Sends a delivery once more.
  ///
  /// - Returns: Whether there is such a delivery.
  func redeliver(_ id: String) -> Bool {
    guard state.withLock({ $0.deliveries[id] != nil }) else { return false }
    attempt(id)
    return true
  }

  /// All deliveries, newest last; those of one organization when given.
  func deliveries(of organization: Organization?) -> [WebhookDelivery] {
    state.withLock { state in
      state.order.compactMap { state.deliveries[$0] }.filter {
        organization == nil || $0.report.organization === organization
      }
    }
  }

  /// Forgets the deliveries of an organization that is gone; what is under way isn't tried again.
  func forget(_ organization: Organization) {
    let forgotten = state.withLock { state in
      let forgotten = state.deliveries.values.filter { $0.report.organization === organization }
      for delivery in forgotten { state.deliveries[delivery.id] = nil }
      state.order.removeAll { state.deliveries[$0] == nil }
      return forgotten
    }
    for delivery in forgotten { if let retry = delivery.retry { clock.cancel(retry) } }
  }

  /// Ends all attempts.
  func close() { transport.close() }

  private static func seed(of taskID: Identifier) -> UInt64 {
    var hash = StableHash()
    hash.combine("delivery")
    hash.combine(taskID.text)
    return hash.value
  }

  // MARK: Attempts

  private func attempt(_ id: String) {
    guard let report = state.withLock({ $0.deliveries[id]?.report }) else { return }
    guard report.settings.mode == .deliver else {
      _ = begin(id, report)
      return
    }
    clock.activity.begin()
    let job = Job(deliveryID: id, report: report)
    if state.withLock({ $0.gate.enter(Self.receiver(report.url), job) }) { send(job) }
  }

  /// Records the beginning of an attempt; the number says which it is.
  private func begin(_ id: String, _ report: Report) -> WebhookDelivery.Attempt {
    let now = clock.now
    let timestamp = System.wallNanoseconds() / 1_000_000_000
    return state.withLock { state in
      let number = (state.deliveries[id]?.attempts.count ?? 0) + 1
      var headers = [("Content-Type", "application/json")] as [(name: String, value: String)]
      headers += WebhookSignature.headers(
        taskID: report.taskID.text, attempt: number, body: report.body, timestamp: timestamp,
        secret: report.settings.secret)
      let attempt = WebhookDelivery.Attempt(number: number, at: now, headers: headers)
      state.deliveries[id]?.attempts.append(attempt)
      return attempt
    }
  }

  private func send(_ job: Job) {
    let attempt = begin(job.deliveryID, job.report)
    transport.send(job.report.body, to: job.report.url, headers: attempt.headers) {
      [self] outcome in
      over(job.deliveryID, job.report, attempt.number, outcome)
      let receiver = Self.receiver(job.report.url)
      if let next = state.withLock({ $0.gate.leave(receiver) }) { send(next) }
      clock.activity.end()
    }
  }

  private func over(
    _ id: String, _ report: Report, _ number: Int, _ outcome: WebhookTransport.Outcome
  ) {
    let now = clock.now
    let isDelivered = if case .answered(200..<300) = outcome { true } else { false }
    let isRemembered = state.withLock { state in
      guard state.deliveries[id] != nil else { return false }
      switch outcome {
      case .answered(let status): state.deliveries[id]!.attempts[number - 1].status = status
      case .failed(let reason): state.deliveries[id]!.attempts[number - 1].error = reason
      }
      state.deliveries[id]!.attempts[number - 1].isOver = true
      if isDelivered { state.deliveries[id]!.isDelivered = true }
      return true
    }
    guard isRemembered else { return }
    if isDelivered {
      report.organization.withState { organization in
        organization.tasks.update(report.taskID) { task in
          if task.webhook?.deliveredAt == nil { task.webhook?.deliveredAt = now }
        }
      }
    } else if let delay = WebhookRetryPlan(settings: report.settings).delay(afterAttempt: number) {
      let retry = clock.schedule(after: delay * 1_000_000_000, kind: .delivery, id: id) {
        [self] in
        attempt(id)
      }
      state.withLock { $0.deliveries[id]?.retry = retry }
    }
  }

  /// Scheme, host and port: what shares a gate.
  private static func receiver(_ url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
    return parts.count > 1
      ? "\(parts[0])//\(parts[1].prefix { $0 != "?" && $0 != "#" })".lowercased() : url
  }
}
