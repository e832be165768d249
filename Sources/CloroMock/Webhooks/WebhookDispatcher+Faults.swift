import Simulation
import Synchronization

extension WebhookDispatcher {
  /// The faults that strike an attempt.
  struct Faults {
    /// The fault that decides whether and how often it is sent.
    var passage: CountedRule<Fault>?
    /// The flaw in its headers.
    var flaw: WebhookSignature.Flaw?
    /// What the weather does to it, unless a fault decides.
    var weather: WeatherMix.Passage?
  }

  /// Applies faults to an attempt that isn't made by hand: one that changes whether and how often
  /// it is sent, and one that changes its headers. Without a secret there are no such headers, so
  /// the second kind neither strikes nor counts.
  func strike(_ job: WebhookJob) -> Faults {
    var faults = Faults()
    let (own, mix) = (job.report.subject.ownRules, job.report.organization.settings.weather?.mix)
    // The delivery is looked at only if anything can strike it.
    guard !job.isManual, own.map(rules.mayConcern) ?? true || mix != nil,
      let attempts = state.withLock({ $0.log.read(job.number) { $0.plannedAttempts } })
    else { return faults }
    var hash = StableHash(seed: job.report.subject.seed)
    hash.combine("webhook")
    hash.combine(UInt64(attempts))
    var subject = job.report.subject
    subject.seed = hash.value
    // What was held back once isn't held back again.
    faults.passage = rules.strike(subject, at: .webhookPassage) { kind in
      !job.isReleased || kind != .webhookReorder
    }
    switch faults.passage?.definition.kind {
    case .webhookDrop, .webhookReorder: return faults
    case nil:
      faults.weather = weather(of: job, after: attempts)
      if faults.weather != nil { return faults }
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

  /// Draws what the weather does to an attempt. What was late once isn't late again.
  private func weather(of job: WebhookJob, after attempts: Int) -> WeatherMix.Passage? {
    guard let mix = job.report.organization.settings.weather?.mix else { return nil }
    let (seed, number) = (job.report.weatherSeed, attempts)
    let passage = mix.passage(
      at: WeatherQuestion.share(of: seed, "attempt", number),
      delay: WeatherQuestion.share(of: seed, "delay", number))
    if case .slow? = passage, job.isReleased { return nil }
    return passage
  }

  // MARK: Holding back

  /// Holds an attempt back. A held attempt is not work under way, so an advance doesn't wait for
  /// it.
  ///
  /// - Parameter delay: For how long, in nanoseconds; nil until another delivery was sent.
  func hold(_ job: WebhookJob, for delay: Int64? = nil) {
    let step = state.withLock { state -> Step? in
      let step = change(job.number, &state) { delivery throws(ImpossibleEvent) in
        delivery.delay = delay
        return try delivery.life.heldBack()
      }
      guard let step else { return nil }
      guard delay == nil else { return step }
      state.held[ObjectIdentifier(job.report.organization), default: []].append(job.number)
      return step
    }
    if let step { perform(step) }
  }

  /// Sends the attempts that waited for another delivery of the organization, now that one was
  /// sent.
  func sendHeld(after job: WebhookJob) {
    let organization = ObjectIdentifier(job.report.organization)
    let steps = state.withLock { state -> [Step] in
      guard let held = state.held[organization] else { return [] }
      state.held[organization] = held.contains(job.number) ? [job.number] : nil
      return held.compactMap { number in
        number == job.number ? nil : change(number, &state) { $0.life.released() }
      }
    }
    for step in steps { perform(step) }
  }

  /// Drops all held attempts.
  func giveUpHeld() {
    state.withLock { state in
      for number in state.held.values.flatMap(\.self) {
        _ = change(number, &state) { $0.life.closed() }
      }
      state.held = [:]
    }
  }
}
