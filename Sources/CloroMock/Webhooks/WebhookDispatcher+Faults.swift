import Simulation
import Synchronization

extension WebhookDispatcher {
  /// How long an attempt is held back at most, in nanoseconds of the double's clock.
  private static let longestHold: Int64 = 60 * 1_000_000_000

  /// The faults that strike an attempt.
  struct Faults {
    /// Whether and how often it is sent.
    var passage: CountedRule<Fault>?
    /// What is wrong with its headers.
    var flaw: WebhookSignature.Flaw?
  }

  /// Lets faults strike an attempt that would be sent by itself: one that changes whether and how
  /// often it is sent, and one that changes its headers. Without a secret there are none to change,
  /// so those faults neither strike nor count.
  func strike(_ job: WebhookJob) -> Faults {
    var faults = Faults()
    guard !job.isManual, let delivery = state.withLock({ $0.log[job.number] }) else {
      return faults
    }
    var hash = StableHash(seed: job.report.subject.seed)
    hash.combine("webhook")
    hash.combine(UInt64(delivery.plannedAttempts))
    var subject = job.report.subject
    subject.seed = hash.value
    // What was held back once isn't held back again.
    faults.passage = rules.strike(subject, at: .webhookPassage) { kind in
      !job.isReleased || kind != .webhookReorder
    }
    switch faults.passage?.definition.kind {
    case .webhookDrop, .webhookReorder: return faults
    default: break
    }
    guard job.report.settings.secret != nil else { return faults }
    let flaw = rules.strike(subject, at: .webhookSignature)
    switch flaw?.definition.kind {
    case .webhookBadSignature: faults.flaw = .wrongSignature
    case .webhookStaleTimestamp(let seconds): faults.flaw = .age(seconds)
    default: break
    }
    return faults
  }

  // MARK: Holding back

  /// Holds an attempt back. While it is held it is no work under way: an advance doesn't wait for it.
  func hold(_ job: WebhookJob) {
    let delivery = state.withLock { state in
      let delivery = state.log.update(job.number) { $0.isHeld = true }
      if delivery != nil {
        state.held[ObjectIdentifier(job.report.organization), default: []].append(job.number)
      }
      return delivery
    }
    guard let delivery else { return }
    let timer = clock.schedule(after: Self.longestHold, kind: .delivery, id: delivery.id) {
      [self] in
      guard state.withLock({ $0.release(job.number) }) != nil else { return }
      attempt(job.number, isManual: false, isReleased: true)
    }
    let isHeld = state.withLock { state in
      state.log.update(job.number) { if $0.isHeld { $0.retry = timer } }?.isHeld ?? false
    }
    if !isHeld { clock.cancel(timer) }
  }

  /// Sends what waits for another delivery of the organization, now that one was sent.
  func sendHeld(after job: WebhookJob) {
    let organization = ObjectIdentifier(job.report.organization)
    let released = state.withLock { state -> [(UInt64, WebhookDelivery)] in
      guard let held = state.held[organization] else { return [] }
      state.held[organization] = held.contains(job.number) ? [job.number] : nil
      return held.compactMap { number in
        number == job.number ? nil : state.release(number).map { (number, $0) }
      }
    }
    for (number, delivery) in released {
      if let timer = delivery.retry { clock.cancel(timer) }
      attempt(number, isManual: false, isReleased: true)
    }
  }

  /// Forgets all that is held back.
  func forgetHeld() {
    let held = state.withLock { state in
      let numbers = state.held.values.flatMap(\.self)
      state.held = [:]
      return numbers.compactMap { state.release($0) }
    }
    for delivery in held { if let timer = delivery.retry { clock.cancel(timer) } }
  }
}

extension WebhookDispatcher.State {
  /// Lets go of an attempt that is held back.
  ///
  /// - Returns: Its delivery; nil when it isn't held any more, so that only one sends it.
  mutating func release(_ number: UInt64) -> WebhookDelivery? {
    guard log[number]?.isHeld == true else { return nil }
    return log.update(number) { $0.isHeld = false }
  }
}
