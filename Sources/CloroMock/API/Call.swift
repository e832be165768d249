import CloroContract
import HTTPServer
import Ledger
import Simulation

/// A request whose key is not yet known.
struct Exchange: Sendable {
  let request: HTTPRequest
  let arrival: Timestamp
  let responder: Responder
}

/// A request of a key, from its admission to the last byte of its answer.
///
/// A call owns its ending. It knows what it holds (a slot, its activity on the clock) and what it
/// costs. However it ends, by an answer, a refusal or without an answer, it first writes the
/// journal's entry and then the response. The slot is free when the client has the last byte, and
/// an advance of the clock continues when the first write has been attempted.
///
/// `@unchecked Sendable`: only one thread uses a call at a time. Its loop passes it to the clock
/// for a latency, or to the ledger or a task that will end it, and each of them passes it on
/// through a queue. `@exclusivity(unchecked)`: for the same reason no two accesses to these
/// properties overlap.
final class Call: @unchecked Sendable {
  let exchange: Exchange
  let services: APIServices
  let key: APIKey
  /// The settings that apply to this request from beginning to end.
  let settings: OrganizationSettings
  let endpoint: Endpoint
  /// Whether the answer's headers report credits and slots: the path is below `/v1/monitor/`, and
  /// the request doesn't just resolve a link, which is free.
  let isMonitor: Bool
  let rate: RateLimiter.Decision
  /// Identifies the request in the ledger, the journal and in headers.
  let requestID: Identifier
  /// The number from which the key's answers are derived.
  let identity: UInt64
  /// Its number among the key's requests, from 1.
  let number: UInt64
  /// The seed of the request's own random draws, such as its latency.
  let seed: UInt64
  /// The faults and stubs that have affected the request so far, for the journal.
  @exclusivity(unchecked) var influences: [String] = []
  /// What the request asks for itself.
  @exclusivity(unchecked) var override: RequestOverride?
  /// What the journal notes about the request, such as members that were ignored.
  @exclusivity(unchecked) var notes: [String] = []
  /// The task that the request submits alone, or asks for.
  @exclusivity(unchecked) var taskID: Identifier?
  /// The code of the error with which it is refused, once that is known.
  @exclusivity(unchecked) private(set) var refusalCode: String?
  /// What a refusal tells to wait, in seconds.
  @exclusivity(unchecked) private(set) var retryAfter: Int64?
  /// The work of a monitor's request, once it holds a slot.
  @exclusivity(unchecked) private(set) var work: MonitorWork?
  /// Whether it stands among the requests under way.
  @exclusivity(unchecked) private var isListed = false
  /// Whether the request has waited for a latency or a fault.
  @exclusivity(unchecked) private var hasWaited = false
  /// The slot that the request holds until its end.
  @exclusivity(unchecked) private var slot: ConcurrencySlots.Slot?
  /// Whether it has taken a slot, released or not.
  @exclusivity(unchecked) private var hasHeldSlot = false
  /// The activity that an advance of the clock waits for: the work that follows from a timer of
  /// this request.
  @exclusivity(unchecked) private var activity: Activity.Token?

  init(
    _ exchange: Exchange, _ services: APIServices, key: APIKey, settings: OrganizationSettings,
    endpoint: Endpoint, admission: APIKey.Admission
  ) {
    self.exchange = exchange
    self.services = services
    self.key = key
    self.settings = settings
    self.endpoint = endpoint
    isMonitor =
      switch endpoint.kind {
      case .monitor: true
      case .unknown: exchange.request.path.hasPrefix("/v1/monitor/")
      default: false
      }
    rate = admission.rate
    identity = admission.identity
    number = admission.requestNumber
    seed = SeededRandom.mix(admission.identity &+ admission.requestNumber)
    requestID = Identifier(seed)
  }

  deinit {
    if hasHeldSlot { organization.callsWithSlots.subtract(1, ordering: .releasing) }
  }

  var organization: Organization { key.organization }
  var request: HTTPRequest { exchange.request }
  /// The path as it was sent.
  var path: String { exchange.request.path }
  var arrival: Timestamp { exchange.arrival }
  var responder: Responder { exchange.responder }

  /// The seed of an answer: the same key, question and seed lead to the same answer, unless answers
  /// are to differ each time. Then this call counts as one time.
  func resultSeed(of request: MonitorRequest) -> UInt64 {
    let seed = Self.hash(of: request, seed: identity)
    guard settings.plan.repetition == .vary else { return seed }
    let question = Self.hash(of: request, seed: 0)
    let before = organization.withState { $0.asked.count(question) }
    return before == 0 ? seed : SeededRandom.mix(seed &+ before)
  }

  private static func hash(of request: MonitorRequest, seed: UInt64) -> UInt64 {
    var hash = StableHash(seed: seed)
    hash.combine(request.provider.rawValue)
    hash.combine(request.question)
    hash.combine(request.country)
    return hash.value
  }

  /// The double's address as the client uses it, so that links work behind a mapped port and behind
  /// a proxy of this machine too; empty when no result needs it. To be called on the loop.
  func origin(for question: MonitorRequest) -> String {
    guard question.include.contains(.html) else { return "" }
    let isSecure = responder.connectionInfo.isSecure
    let proxied = ProxiedAddress(request.fields, isSecure: isSecure) { responder.isFromLoopback }
    guard let host = proxied.host ?? request.fields["Host"], !host.isEmpty else {
      return services.address.url
    }
    return "\(proxied.isSecure ? "https" : "http")://\(host)"
  }
}

// MARK: - On the way

extension Call {
  /// Takes over a slot, which is released when the request ends.
  ///
  /// - Parameter work: What is done meanwhile; nil for a fault that takes the place of the answer.
  func hold(_ slot: ConcurrencySlots.Slot, for work: MonitorWork?) {
    organization.callsWithSlots.add(1, ordering: .relaxed)
    hasHeldSlot = true
    self.slot = slot
    self.work = work
  }

  /// Takes over other work, with the slot that the request holds.
  func change(_ work: MonitorWork) { self.work = work }

  /// Notes that the request waits for somebody else's answer, so that its client may be gone then.
  func waitsForOthers() { hasWaited = true }

  /// Waits for a latency to pass.
  ///
  /// - Parameters:
  ///   - latency: In nanoseconds of the double's clock.
  ///   - body: Called on the clock's queue. An advance of the clock waits until the resulting
  ///     answer has been written to the client.
  func wait(_ latency: Int64, _ body: @escaping @Sendable () -> Void) {
    hasWaited = true
    isListed = true
    services.underWay.wait(
      self, until: services.clock.now.advanced(by: latency), slot: slot?.lane)
    services.clock.schedule(after: latency, kind: .latency, id: requestID.text) { [self] in
      activity = services.clock.activity.begin(
        MockClock.Work(kind: .latency, id: requestID.text, owner: organization.name))
      body()
    }
  }
}

extension Call {
  /// Waits until the request is released. It isn't work that an advance of the clock waits for.
  ///
  /// - Parameter body: Called on the request's loop. An advance of the clock waits until the
  ///   resulting answer has been written to the client.
  func hold(_ body: @escaping @Sendable () -> Void) {
    hasWaited = true
    isListed = true
    services.underWay.hold(self, slot: slot?.lane) { [self] isGivenUp in
      let token = services.clock.activity.begin(
        MockClock.Work(kind: .latency, id: requestID.text, owner: organization.name))
      responder.execute { [self] in
        activity = token
        if isGivenUp {
          influences.append("held for \(services.underWay.limit) ms, the limit of a hold")
        }
        body()
      }
    }
  }

  /// Waits for a latency after a hold, if there is one.
  ///
  /// - Parameters:
  ///   - latency: In nanoseconds of the double's clock.
  ///   - wait: Begins the wait.
  ///   - body: What comes after it.
  func goOn(
    after latency: Int64, _ wait: () -> Void, _ body: () -> Void
  ) {
    guard latency > 0 else { return body() }
    let released = takeActivity()
    wait()
    if let released { services.clock.activity.end(released) }
  }

  /// Whether the client went away while the request waited. That stops nothing: what is asked for
  /// is done and charged, and only the answer is left out. [contract: concurrency]
  ///
  /// A request that is answered without a wait has an answer in any case, because a client may
  /// finish sending before it reads (RFC 9112, section 9.6).
  var isLeft: Bool { hasWaited && responder.isClientGone }

  /// Takes the activity out of the call, for a caller that ends it before the call ends.
  func takeActivity() -> Activity.Token? { activity.take() }
}

// MARK: - Ends

extension Call {
  /// What a refusal contains apart from its error.
  struct Extras {
    /// What a monitor endpoint's headers report; nil takes the state before validation.
    var monitor: MonitorState?
    /// The methods that the path supports, when the request used another one.
    var allowed: [String] = []
    /// Seconds for `Retry-After`, which only a fault sends.
    var retryAfter: Int64?
  }

  /// Sends the success of an endpoint that isn't a monitor.
  ///
  /// - Parameter body: JSON text.
  func respond(_ body: [UInt8], _ facts: JournalReason.Facts = .free) {
    let now = services.clock.now
    let response = HTTPResponse(
      status: 200, fields: HTTPFields(self, monitor: nil, now: now), body: body)
    Delivery(self, response).send(JournalReason(facts, influences: influences), at: now)
  }

  /// Refuses the request.
  ///
  /// - Parameters:
  ///   - reason: The journal's reason; nil takes the error's own.
  ///   - extras: What the answer contains apart from the error.
  func refuse(
    _ error: APIError, _ reason: JournalReason? = nil, _ extras: Extras = Extras()
  ) {
    let now = services.clock.now
    let form = error.form(in: settings.contract)
    (refusalCode, retryAfter) = (form.code, extras.retryAfter)
    let state = isMonitor ? extras.monitor ?? state(.authenticated) : nil
    var fields = HTTPFields(
      self, monitor: state, now: now, isRateExceeded: error.documented == .rateLimitExceeded)
    if let retryAfter = extras.retryAfter { fields.append("Retry-After", retryAfter) }
    if !extras.allowed.isEmpty {
      fields.append("Allow", extras.allowed.joined(separator: ", "))
    }
    let response = HTTPResponse(
      status: form.status, fields: fields, body: form.body(timestamp: now.text))
    end(response, reason ?? JournalReason(.error(error), influences: influences), at: now)
  }

  /// Refuses the request as one without a valid key.
  ///
  /// - Parameter retryAfter: Seconds for `Retry-After`, which only a fault sends.
  func refuseAnonymously(_ error: APIError, _ reason: JournalReason, retryAfter: Int64? = nil) {
    guard !isLeft else { return leave(reason, charged: 0) }
    (refusalCode, self.retryAfter) = (error.form(in: settings.contract).code, retryAfter)
    let response = services.anonymousRefusal(
      error, of: requestID, in: settings.contract, retryAfter: retryAfter)
    let now = services.clock.now
    services.journal.note(
      response, exchange, requestID, reason, of: key, in: settings.contract, at: now)
    count(reason, status: response.status, charged: 0, at: now)
    responder.respond(response, observer: self)
  }

  /// Sends an answer.
  ///
  /// - Parameters:
  ///   - noted: The answer as the journal stores it; nil stores it as it is sent.
  ///   - charged: The credits that were charged for it.
  func end(
    _ response: HTTPResponse, noted: JournalEntry.Response? = nil,
    _ reason: consuming JournalReason, charged: Int64 = 0, at now: Timestamp
  ) {
    guard !isLeft else { return leave(reason, charged: charged) }
    // The entry is made before the answer is sent, so that a client that has the answer finds its
    // entry.
    note(
      noted ?? JournalEntry.Response(response), reason, charged: charged, at: now)
    responder.respond(response, observer: self)
  }

  /// Ends the connection without an answer.
  ///
  /// - Parameters:
  ///   - charged: The credits that were charged for the answer that isn't sent.
  ///   - resets: Whether the client sees a reset. The default is an orderly end.
  func abandon(_ reason: JournalReason, charged: Int64 = 0, resets: Bool = false) {
    guard !isLeft else { return leave(reason, charged: charged) }
    note(
      JournalEntry.Response(status: nil), reason, charged: charged, at: services.clock.now)
    responder.abandon(resets: resets, observer: self)
  }

  /// Ends a request whose client has gone away. The connection ends too, so that a client that has
  /// only finished sending notices.
  private func leave(_ reason: JournalReason, charged: Int64) {
    note(
      JournalEntry.Response(status: 499),
      JournalReason(.clientGone(charged: charged), influences: reason.influences),
      charged: charged, at: services.clock.now)
    responder.abandon(observer: self)
  }

  /// Notes the request's end, before the client hears of it: in the journal and in the tally.
  ///
  /// - Parameters:
  ///   - response: The answer as the journal stores it.
  ///   - charged: The credits that were charged for it.
  func note(
    _ response: JournalEntry.Response, _ reason: consuming JournalReason, charged: Int64,
    at now: Timestamp
  ) {
    count(reason, status: response.status, charged: charged, at: now)
    services.journal.note(response, self, reason, charged: charged, at: now)
  }

  /// The organization's present slots and balance.
  func state(_ stage: HeaderPolicy.Stage) -> MonitorState {
    MonitorState(
      stage: stage, usage: organization.usage, balance: organization.account.balance)
  }
}

extension Call: ResponseObserver {
  func willSendLastByte() {
    if isListed { services.underWay.remove(self) }
    if let slot = slot.take() { services.tasks.release(slot, of: organization) }
  }

  func didAttemptWrite() {
    if let activity = activity.take() { services.clock.activity.end(activity) }
  }
}

extension Call: ChargeReceiver {
  func settled(_ outcome: ChargeOutcome) { work?.endpoint.settled(self, outcome) }
}
