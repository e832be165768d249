import CloroContract
import HTTPServer
import Simulation

/// Applies faults and stubs to requests.
struct RuleStrikes: Sendable {
  /// The rules that apply to all organizations.
  let rules: RuleSet
  let clock: MockClock

  /// Whether any rules may concern the call. Usually there are none, and then no ``RuleSubject``
  /// need be made.
  func mayConcern(_ call: Call) -> Bool {
    call.override != nil || rules.mayConcern(call.organization.rules)
  }

  /// What rules are compared with: the call, and its question if there is one.
  func subject(of call: Call, _ request: MonitorRequest?) -> RuleSubject {
    RuleSubject(
      key: call.key.text, ownRules: call.organization.rules, path: call.path,
      route: call.endpoint.path, method: call.request.method.rawValue,
      task: call.endpoint.kind == .task ? Endpoint.taskID(in: call.path) : nil,
      provider: request?.provider, question: request?.question, country: request?.country,
      request: request, label: call.settings.plan.label, now: clock.now, seed: call.seed)
  }

  /// The stub that answers a question; nil when the provider's result is the answer.
  func stub(for call: Call, _ request: MonitorRequest) -> CountedRule<Stub>? {
    let subject = subject(of: call, request)
    let stub = rules.stub(for: subject)
    note(subject, call)
    return stub
  }

  /// Notes for the journal that not all rules could be looked at.
  private func note(_ subject: RuleSubject, _ call: Call) {
    if subject.limit.isExceeded { call.influences.append(RuleLimit.mention) }
  }

  /// Finds a fault that replaces the answer. The caller decides when it strikes.
  func fault(insteadOf call: Call, _ request: MonitorRequest?) -> CountedRule<Fault>? {
    if let fault = call.override?.fault(at: .admission) { return fault }
    let subject = subject(of: call, request)
    let fault = rules.strike(subject, at: .admission)
    note(subject, call)
    return fault
  }

  /// Ends a call by a fault that replaces the answer.
  ///
  /// - Parameter usage: The slots in use when the request arrived; nil takes the present ones.
  func strike(
    _ call: Call, _ request: MonitorRequest?, _ fault: CountedRule<Fault>,
    usage: ConcurrencySlots.Usage? = nil
  ) {
    let reason = JournalReason(.fault, influences: call.influences + [fault.mention])
    switch fault.definition.kind {
    case .status(let error, let retryAfter):
      fail(
        call, concrete(error, subject(of: call, request), call), reason, retryAfter: retryAfter,
        usage: usage)
    case .reply(let reply, let retryAfter):
      send(reply, call, reason, retryAfter: retryAfter, usage: usage)
    case .randomDataThenClose:
      var random = SeededRandom(seed: call.seed)
      var response = HTTPResponse(status: 200)
      response.body = (0..<256).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      response.extent = .bodyAlone
      call.end(response, reason, at: clock.now)
    default:
      call.abandon(reason, resets: fault.definition.kind == .connectionReset(.before))
    }
  }

  /// Draws what the weather makes of a question that has its slot, and counts the question.
  ///
  /// - Returns: The error that comes instead of its answer; nil when it is answered.
  func weather(of call: Call, _ request: MonitorRequest) -> WeatherMix.Failure? {
    // A strict double has no answer of its own that could get lost.
    guard let mix = call.settings.weather?.mix, mix.errors[request.provider] != nil,
      !call.services.needsStubs || call.services.replay != nil
    else { return nil }
    let question = WeatherQuestion(request, isTask: false, identity: call.identity)
    let before = call.organization.withState { $0.asked.count(question.number) }
    let share = WeatherQuestion.share(of: question.seed(before: before), "error")
    return mix.failure(of: request.provider, at: share)
  }

  /// Ends a call by an error of the weather.
  ///
  /// - Parameter usage: The slots in use when the request arrived.
  func strike(
    _ call: Call, _ request: MonitorRequest, _ failure: WeatherMix.Failure,
    usage: ConcurrencySlots.Usage
  ) {
    let mention = call.settings.weather?.mention("\(failure.status)", failure.probability)
    let reason = JournalReason(.fault, influences: call.influences + [mention ?? ""])
    // The documents of 2026-07 know no Retry-After; in 2026-10 a 503 has it. [spec]
    let retryAfter = call.settings.contract == .october2026 ? failure.retryAfter : nil
    fail(
      call, concrete(failure.error, subject(of: call, request), call), reason,
      retryAfter: retryAfter, usage: usage)
  }

  /// Answers with what a test has given.
  func send(
    _ reply: PlainReply, _ call: Call, _ reason: JournalReason, retryAfter: Int64?,
    usage: ConcurrencySlots.Usage?
  ) {
    var monitor = call.state(.validated)
    monitor.usage = usage ?? monitor.usage
    let now = clock.now
    var fields = HTTPFields(
      call, monitor: call.isMonitor ? monitor : nil, now: now,
      content: reply.contentType.map { .other($0) } ?? .none)
    if let retryAfter { fields.append("Retry-After", retryAfter) }
    call.end(
      HTTPResponse(status: reply.status, fields: fields, body: reply.body), reason, at: now)
  }

  /// Answers with the refusal of the real service, or says that there is no answer of it.
  ///
  /// - Parameter state: What a monitor endpoint's headers report.
  func send(_ outcome: Recorder.Outcome, _ call: Call, _ state: MonitorState? = nil) {
    switch outcome {
    case .result: break
    case .refused(let status, let body, let retryAfter):
      let reply = PlainReply(status: status, contentType: "application/json", body: body)
      send(
        reply, call, JournalReason(.stub, influences: call.influences + ["upstream \(status)"]),
        retryAfter: retryAfter, usage: state?.usage)
    case .failed(let reason):
      call.refuse(
        .upstreamFailed,
        JournalReason(.stub, influences: call.influences + ["upstream: \(reason)"]),
        Call.Extras(monitor: state))
    }
  }

  /// Whether a fault holds the request until it is released. The fault is added to the call's
  /// influences.
  func holds(_ call: Call, _ request: MonitorRequest?) -> Bool {
    let subject = subject(of: call, request)
    let fault = call.override?.fault(at: .hold) ?? rules.strike(subject, at: .hold)
    note(subject, call)
    guard let fault else { return false }
    call.influences.append(fault.mention)
    return true
  }

  /// How much a fault lengthens the latency, in nanoseconds. The fault is added to the call's
  /// influences.
  func latency(of call: Call, _ request: MonitorRequest?) -> Int64 {
    let subject = subject(of: call, request)
    let fault = call.override?.fault(at: .latency) ?? rules.strike(subject, at: .latency)
    note(subject, call)
    guard let fault, case .latency(let distribution) = fault.definition.kind else { return 0 }
    call.influences.append(fault.mention)
    var random = SeededRandom(seed: SeededRandom.mix(call.seed))
    return distribution.sample(&random)
  }

  /// Applies a fault that damages a finished answer.
  func strikeDelivery(of call: Call, _ request: MonitorRequest?) -> CountedRule<Fault>? {
    call.override?.fault(at: .delivery) ?? rules.strike(subject(of: call, request), at: .delivery)
  }

  /// Refuses like a real error of this kind, whose status tells which stage the request reached.
  ///
  /// - Parameters:
  ///   - retryAfter: Seconds for `Retry-After`; nil sends none.
  ///   - usage: The slots in use when the request arrived; nil takes the present ones.
  func fail(
    _ call: Call, _ error: APIError, _ reason: JournalReason, retryAfter: Int64?,
    usage: ConcurrencySlots.Usage? = nil
  ) {
    let status = error.form(in: call.settings.contract).status
    guard status != 401 else {
      return call.refuseAnonymously(error, reason, retryAfter: retryAfter)
    }
    var monitor = call.state(status == 400 ? .authenticated : .validated)
    monitor.usage = usage ?? monitor.usage
    // Clients adapt to these fields, so they must have the values of a real refusal.
    if case .concurrencyLimitExceeded(let limit) = error.documented {
      monitor.usage = ConcurrencySlots.Usage(limit: limit, current: limit + 1)
    }
    call.refuse(
      error, reason,
      Call.Extras(monitor: call.isMonitor ? monitor : nil, retryAfter: retryAfter))
  }

  /// The error with the details of the request that it strikes.
  func concrete(_ error: APIError, _ subject: RuleSubject, _ call: Call) -> APIError {
    if case .externalService = error, call.endpoint.kind == .goto {
      return .linkUnresolved
    }
    return error.concrete(for: subject, concurrency: call.settings.plan.concurrency)
  }
}
