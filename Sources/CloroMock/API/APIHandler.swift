import CloroContract
import HTTPServer
import JSON
import Ledger
import Simulation
import Synchronization

/// Answers `/v1/*`: admission in the contract's order, then the answer.
///
/// Authentication → rate limit → route → validation → credits → concurrency → answer → charge.
final class APIHandler: Sendable {
  let organizations: OrganizationDirectory
  let ledger: Ledger
  let clock: MockClock
  /// The contract of answers to requests without a valid key.
  let revision: ContractRevision
  let library: ResultLibrary
  let pages: ResultPages
  let chargeLog: ChargeLog
  let tasks: TaskEngine
  let address: BoundAddress
  let journal: Journal
  /// The rules that hold for all organizations.
  let rules: RuleSet
  let questions = RecentQuestions()
  private let anonymous = Counter()

  init(_ parts: SharedParts) {
    organizations = parts.organizations
    ledger = parts.ledger
    clock = parts.clock
    revision = parts.revision
    library = parts.library
    pages = parts.pages
    chargeLog = parts.chargeLog
    tasks = parts.tasks
    address = parts.address
    journal = parts.journal
    rules = parts.rules
  }

  /// Answers a request, at once or when its latency has passed.
  func handle(_ request: HTTPRequest, _ responder: Responder) {
    let exchange = Exchange(request: request, arrival: clock.now, responder: responder)
    switch caller(of: request.head) {
    case .success(let caller): admit(caller, exchange)
    case .failure(let refusal):
      // Whoever's key was revoked goes on to be answered in the words of its contract.
      refuseAnonymous(
        refusal.error, exchange, reason: refusal.reason, of: refusal.key,
        in: refusal.key?.organization.settings.contract)
    }
  }

  private func admit(_ caller: Caller, _ exchange: Exchange) {
    let (key, settings) = (caller.key, caller.key.organization.settings)
    let route = caller.route(in: settings.contract)
    let call = Call(
      exchange: exchange, key: key, settings: settings, endpoint: route.endpoint,
      admission: key.admit(to: route.endpoint, under: settings, at: exchange.arrival))
    guard call.rate.isAllowed else {
      let window = exchange.arrival.seconds
      let facts = JournalReason.Facts.rate(settings.plan.rateLimit, window: window, call.endpoint)
      return refuse(.rateLimitExceeded, call, reason: JournalReason(facts))
    }
    switch route.match {
    case .endpoint: answerOrFail(call)
    case .otherMethod(let allowed):
      refuse(
        .routeNotFound(call.path), call, reason: JournalReason(.methods(allowed)),
        allowed: allowed)
    case .none: refuse(.routeNotFound(call.path), call)
    }
  }

  /// Answers unless a fault strikes. A monitor's faults strike later, when its question is known.
  private func answerOrFail(_ call: Call) {
    if case .monitor = call.endpoint.kind { return answer(call) }
    guard rules.mayConcern(call.organization.rules) else { return answer(call) }
    if strikeInstead(nil, call) { return }
    var influences: [String] = []
    let latency = strikeLatency(nil, call, &influences)
    guard latency > 0 else { return answer(call) }
    let delayed = call.influenced(by: influences)
    clock.schedule(after: latency, kind: .latency, id: call.requestID.text) { [self] in
      let activity = clock.activity.begin()
      answerIfWanted(delayed)
      clock.activity.end(activity)
    }
  }

  /// Answers unless the client has left in the meantime.
  private func answerIfWanted(_ call: Call) {
    guard call.responder.isClientGone else { return answer(call) }
    let reason = JournalReason(.clientGone(price: 0), influences: call.influences)
    journal.note(JournalEntry.Response(status: 499), call, reason, at: clock.now)
    call.responder.abandon()
  }

  private func answer(_ call: Call) {
    switch call.endpoint.kind {
    case .monitor(let provider): monitor(provider, call)
    case .goto: goto(call)
    case .countries: countries(call)
    case .states: states(call)
    case .credits: credits(call)
    case .createTask: createTask(call)
    case .createBatch: createBatch(call)
    case .task: task(Endpoint.taskID(in: call.path), call)
    case .asyncStatus: asyncStatus(call)
    case .clearQueue: clearQueue(call)
    case .unknown: refuse(.routeNotFound(call.path), call)
    }
  }

  // MARK: Answers

  /// Sends a success that isn't a monitor's.
  func respond(_ body: JSON, _ call: Call, facts: JournalReason.Facts = .free) {
    respond(encoded: body.encoded, call, facts: facts)
  }

  /// Sends a success that isn't a monitor's, as JSON text.
  func respond(encoded body: [UInt8], _ call: Call, facts: JournalReason.Facts = .free) {
    let now = clock.now
    deliver(
      HTTPResponse(status: 200, fields: HTTPFields(call, monitor: nil, now: now), body: body), call,
      JournalReason(facts, influences: call.influences), at: now)
  }

  /// Sends a refusal.
  ///
  /// - Parameters:
  ///   - reason: What the journal says; by default what the error says itself.
  ///   - monitor: What a monitor endpoint's headers say; by default the state before validation.
  ///   - allowed: The methods that the path has, for a wrong one.
  ///   - retryAfter: Seconds for `Retry-After`, which only a fault sends.
  func refuse(
    _ error: APIError, _ call: Call, reason: JournalReason? = nil, monitor: MonitorState? = nil,
    allowed: [String] = [], retryAfter: Int64? = nil, handover: (@Sendable () -> Void)? = nil,
    then done: (@Sendable () -> Void)? = nil
  ) {
    let now = clock.now
    let form = error.form(in: call.settings.contract)
    let state = call.isMonitor ? monitor ?? state(of: call, .authenticated) : nil
    var fields = HTTPFields(
      call, monitor: state, now: now, isRateExceeded: error.documented == .rateLimitExceeded)
    if let retryAfter { fields.append("Retry-After", retryAfter) }
    if !allowed.isEmpty { fields.append("Allow", allowed.joined(separator: ", ")) }
    let response = HTTPResponse(
      status: form.status, fields: fields, body: form.body(timestamp: now.text))
    note(
      response, call, reason ?? JournalReason(.error(error), influences: call.influences), at: now)
    call.responder.respond(response, handover: handover)
    call.responder.afterwards(done)
  }

  /// The organization's slots and balance as they are.
  func state(of call: Call, _ stage: HeaderPolicy.Stage) -> MonitorState {
    MonitorState(
      stage: stage, usage: call.organization.usage, balance: call.organization.account.balance)
  }

  /// Refuses a request that belongs to no key: no header counts for one.
  ///
  /// - Parameter key: The key whose journal shows it all the same.
  func refuseAnonymous(
    _ error: APIError, _ exchange: Exchange, reason: JournalReason? = nil, of key: APIKey? = nil,
    in revision: ContractRevision? = nil, retryAfter: Int64? = nil,
    handover: (@Sendable () -> Void)? = nil,
    then done: (@Sendable () -> Void)? = nil
  ) {
    let revision = revision ?? self.revision
    let form = error.form(in: revision)
    var fields = HTTPFields(
      unauthenticated: HeaderPolicy.policy(of: revision),
      requestID: Identifier(anonymous.next(seed: organizations.defaults.seed)).text)
    if let retryAfter { fields.append("Retry-After", retryAfter) }
    let response = HTTPResponse(
      status: form.status, fields: fields, body: form.body(timestamp: clock.now.text))
    journal.note(
      response, exchange, reason ?? JournalReason(.error(error)), of: key, in: revision,
      at: clock.now)
    exchange.responder.respond(response, handover: handover)
    exchange.responder.afterwards(done)
  }

  /// Puts an answer that is about to be sent into the journal: who has the answer finds it there.
  func note(
    _ response: HTTPResponse, _ call: Call, _ reason: JournalReason, at now: Timestamp
  ) {
    journal.note(JournalEntry.Response(response), call, reason, at: now)
  }

  /// Numbers the requests that no key numbers.
  private final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    func next(seed: UInt64) -> UInt64 {
      SeededRandom.mix(seed &+ count.add(1, ordering: .relaxed).newValue)
    }
  }
}
