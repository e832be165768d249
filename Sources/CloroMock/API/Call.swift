import CloroContract
import HTTPServer
import Ledger
import Simulation

/// A request before anything is known of it.
struct Exchange: Sendable {
  let request: HTTPRequest
  let arrival: Timestamp
  let responder: Responder
}

/// A request of a key, from its admission to the last byte of its answer.
///
/// It owns its ending. It knows what it holds (a slot, its activity on the clock) and what it
/// costs, and whichever way it ends, by an answer, a refusal or without one, it does so in this
/// order: the journal, then the response; the slot is free when the client has the last byte, and
/// the clock goes on when the first write has been tried.
///
/// `@unchecked Sendable`: one at a time has it. Its loop hands it to the clock when it has to wait,
/// to the ledger or to a task when these have to end it, and all of them hand it on through a
/// queue. `@exclusivity(unchecked)`: for the same reason nobody else accesses these properties
/// meanwhile.
final class Call: @unchecked Sendable {
  let exchange: Exchange
  let services: APIServices
  let key: APIKey
  /// The settings that hold for this request from beginning to end.
  let settings: OrganizationSettings
  let endpoint: Endpoint
  /// Whether the answer carries credits and slots: the path lies below `/v1/monitor/`, and it is
  /// not the free resolving of a link.
  let isMonitor: Bool
  let rate: RateLimiter.Decision
  /// Names the request in the ledger and in headers.
  let requestID: Identifier
  /// What the key's answers start from.
  let identity: UInt64
  /// Decides the request's own draws, such as its latency.
  let seed: UInt64
  /// The faults and stubs that have had a hand in it so far, for the journal.
  @exclusivity(unchecked) var influences: [String] = []
  /// What a monitor's request is about, once it holds a slot.
  @exclusivity(unchecked) private(set) var work: MonitorWork?
  /// The slot that it holds until its end.
  @exclusivity(unchecked) private var slot: ConcurrencySlots.Slot?
  /// What an advance of the clock waits for: the work that follows from a timer of this request.
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
    seed = SeededRandom.mix(admission.identity &+ admission.requestNumber)
    requestID = Identifier(seed)
  }

  var organization: Organization { key.organization }
  var request: HTTPRequest { exchange.request }
  /// The path as sent.
  var path: String { exchange.request.path }
  var arrival: Timestamp { exchange.arrival }
  var responder: Responder { exchange.responder }

  /// Decides an answer: the same key, question and seed give the same one.
  func resultSeed(of request: MonitorRequest) -> UInt64 {
    var hash = StableHash(seed: identity)
    hash.combine(request.provider.rawValue)
    hash.combine(request.question)
    hash.combine(request.country)
    return hash.value
  }

  /// The double's address as the client knows it, right behind a mapped port too; empty when no
  /// result needs it.
  func origin(for question: MonitorRequest) -> String {
    guard question.include.contains(.html) else { return "" }
    guard let host = request.fields["Host"], !host.isEmpty else { return services.address.url }
    return "http://\(host)"
  }
}

// MARK: - On the way

extension Call {
  /// Takes over a slot, which is given back when the request ends.
  func hold(_ slot: ConcurrencySlots.Slot, for work: MonitorWork) {
    self.slot = slot
    self.work = work
  }

  /// Waits for a latency to pass.
  ///
  /// - Parameters:
  ///   - latency: In nanoseconds of the double's clock.
  ///   - body: Called on the clock's queue. An advance of the clock waits until what it begins has
  ///     been written to the client.
  func wait(_ latency: Int64, _ body: @escaping @Sendable () -> Void) {
    services.clock.schedule(after: latency, kind: .latency, id: requestID.text) { [self] in
      activity = services.clock.activity.begin()
      body()
    }
  }
}

extension Call {
  /// Takes the activity over from the call, for somebody who ends it before the call ends.
  func takeActivity() -> Activity.Token? { activity.take() }
}

// MARK: - Ends

extension Call {
  /// What a refusal says beside its error.
  struct Extras {
    /// What a monitor endpoint's headers say; nil takes the state before validation.
    var monitor: MonitorState?
    /// The methods that the path has, for a wrong one.
    var allowed: [String] = []
    /// Seconds for `Retry-After`, which only a fault sends.
    var retryAfter: Int64?
  }

  /// Sends a success that isn't a monitor's.
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
  ///   - reason: What the journal says; nil leaves it to the error.
  ///   - extras: What the answer says beside the error.
  func refuse(
    _ error: APIError, _ reason: JournalReason? = nil, _ extras: Extras = Extras()
  ) {
    let now = services.clock.now
    let form = error.form(in: settings.contract)
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

  /// Refuses the request as one that belongs to no key.
  ///
  /// - Parameter retryAfter: Seconds for `Retry-After`, which only a fault sends.
  func refuseAnonymously(_ error: APIError, _ reason: JournalReason, retryAfter: Int64? = nil) {
    let response = services.anonymousRefusal(
      error, in: settings.contract, retryAfter: retryAfter)
    services.journal.note(
      response, exchange, reason, of: key, in: settings.contract, at: services.clock.now)
    responder.respond(response, observer: self)
  }

  /// Sends an answer.
  ///
  /// - Parameters:
  ///   - noted: The answer as the journal keeps it; nil keeps it as it is sent.
  ///   - charged: The credits that were charged for it.
  func end(
    _ response: HTTPResponse, noted: JournalEntry.Response? = nil,
    _ reason: consuming JournalReason, charged: Int64 = 0, at now: Timestamp
  ) {
    // Before it is sent: who has the answer finds it in the journal.
    services.journal.note(
      noted ?? JournalEntry.Response(response), self, reason, charged: charged, at: now)
    responder.respond(response, observer: self)
  }

  /// Ends the connection without an answer.
  ///
  /// - Parameters:
  ///   - status: What the journal says; nil says that there was none.
  ///   - resets: Whether the client sees a reset. The default is an orderly end.
  func abandon(_ reason: JournalReason, status: Int? = nil, resets: Bool = false) {
    services.journal.note(
      JournalEntry.Response(status: status), self, reason, at: services.clock.now)
    responder.abandon(resets: resets, observer: self)
  }

  /// The organization's slots and balance as they are.
  func state(_ stage: HeaderPolicy.Stage) -> MonitorState {
    MonitorState(
      stage: stage, usage: organization.usage, balance: organization.account.balance)
  }
}

extension Call: ResponseObserver {
  func willSendLastByte() {
    if let slot = slot.take() { services.tasks.release(slot, of: organization) }
  }

  func didAttemptWrite() {
    if let activity = activity.take() { services.clock.activity.end(activity) }
  }
}

extension Call: ChargeReceiver {
  func settled(_ outcome: ChargeOutcome) { work?.endpoint.settled(self, outcome) }
}
