import CloroContract
import HTTPServer
import JSON
import Ledger
import Logging
import Synchronization

/// Answers `/v1/*`: admission in the contract's order, then the answer.
///
/// Authentication → rate limit → route → validation → credits → concurrency → answer → charge.
struct APIHandler: Sendable {
  let organizations: OrganizationDirectory
  let ledger: Ledger
  let clock: MockClock
  /// The contract of answers to requests without a valid key.
  let revision: ContractRevision
  let logger: Logger
  let library: ResultLibrary
  let tasks: TaskEngine
  let address: BoundAddress
  let faults: FaultBoard
  private let anonymous = Counter()

  init(
    organizations: OrganizationDirectory, tasks: TaskEngine, address: BoundAddress,
    revision: ContractRevision, logger: Logger
  ) {
    self.address = address
    faults = tasks.faults
    self.organizations = organizations
    self.tasks = tasks
    self.revision = revision
    self.logger = logger
    ledger = tasks.ledger
    clock = tasks.clock
    library = tasks.library
  }

  /// Answers a request, at once or when its latency has passed.
  func handle(_ request: HTTPRequest, _ responder: Responder) {
    guard request.path.utf8.starts(with: "/v1/".utf8) || request.path == "/v1" else {
      return refuseAnonymous(.routeNotFound(request.path), responder)
    }
    let arrival = clock.now
    let key: APIKey
    switch authenticate(request.fields) {
    case .success(let known): key = known
    case .failure(let error): return refuseAnonymous(error, responder)
    }
    let match = Endpoint.match(
      method: request.method.rawValue, path: request.path,
      in: key.organization.settings.contract)
    let endpoint = if case .endpoint(let endpoint) = match { endpoint } else { Endpoint.unknown }
    let call = admit(request, key, endpoint, arrival, responder)
    guard call.rate.isAllowed else { return refuse(.rateLimitExceeded, call) }
    switch match {
    case .endpoint: answerOrFail(request, call)
    case .otherMethod(let allowed): refuse(.routeNotFound(request.path), call, allowed: allowed)
    case .none: refuse(.routeNotFound(request.path), call)
    }
  }

  /// Answers unless a fault strikes. A monitor's faults strike later, when its question is known.
  private func answerOrFail(_ request: HTTPRequest, _ call: Call) {
    if case .monitor = call.endpoint.kind { return answer(request, call) }
    let subject = subject(of: call)
    if strikeInstead(subject, call) { return }
    let latency = strikeLatency(subject, call)
    guard latency > 0 else { return answer(request, call) }
    clock.schedule(after: latency, kind: .latency, id: call.requestID.text) {
      answer(request, call)
    }
  }

  private func answer(_ request: HTTPRequest, _ call: Call) {
    switch call.endpoint.kind {
    case .monitor(let provider): monitor(provider, request, call)
    case .goto: goto(request, call)
    case .countries: countries(request, call)
    case .states: states(request, call)
    case .credits: credits(call)
    case .createTask: createTask(request, call)
    case .createBatch: createBatch(request, call)
    case .task: task(Endpoint.taskID(in: request.path), call)
    case .asyncStatus: asyncStatus(call)
    case .clearQueue: clearQueue(call)
    case .unknown: refuse(.routeNotFound(request.path), call)
    }
  }

  // MARK: Admission

  /// The key of the `Authorization` field. [contract: order of admission, 1]
  private func authenticate(_ fields: HTTPFields) -> Result<APIKey, APIError> {
    let token: String? = fields.withValue(of: "Authorization") { value in
      guard let value, value.count >= 7, value.starts(with: "Bearer ".utf8) else { return nil }
      return String(decoding: value.dropFirst(7), as: UTF8.self)
    }
    guard let token else { return .failure(.missingAPIKey) }
    guard let key = organizations.key(token) else {
      return .failure(
        APIKeyFormat.isValid(token) ? .invalidOrExpiredAPIKey : .invalidAPIKeyFormat)
    }
    return key.isRevoked ? .failure(.invalidOrExpiredAPIKey) : .success(key)
  }

  private func admit(
    _ request: HTTPRequest, _ key: APIKey, _ endpoint: Endpoint, _ arrival: Timestamp,
    _ responder: Responder
  ) -> Call {
    let settings = key.organization.settings
    let admission = key.admit(to: endpoint, under: settings, at: arrival)
    let seed = SeededRandom.mix(admission.identity &+ admission.requestNumber)
    return Call(
      key: key, settings: settings, endpoint: endpoint, path: request.path,
      isMonitor: request.path.utf8.starts(with: "/v1/monitor/".utf8) && endpoint.kind != .goto,
      rate: admission.rate,
      requestID: Identifier(seed), identity: admission.identity, seed: seed, arrival: arrival,
      responder: responder)
  }

  // MARK: Answers

  /// Sends a success that isn't a monitor's.
  func respond(_ body: JSON, _ call: Call) { respond(encoded: body.encoded, call) }

  /// Sends a success that isn't a monitor's, as JSON text.
  func respond(encoded body: [UInt8], _ call: Call) {
    var response = HTTPResponse(
      status: 200, fields: HTTPFields(call, monitor: nil, now: clock.now), body: body)
    strikeDelivery(&response, subject(of: call))
    call.responder.respond(response)
  }

  /// Sends a refusal.
  ///
  /// - Parameters:
  ///   - monitor: What a monitor endpoint's headers say; by default the state before validation.
  ///   - allowed: The methods that the path has, for a wrong one.
  ///   - retryAfter: Seconds for `Retry-After`, which only a fault sends.
  func refuse(
    _ error: APIError, _ call: Call, monitor: MonitorState? = nil, allowed: [String] = [],
    retryAfter: Int64? = nil, handover: (@Sendable () -> Void)? = nil,
    completion: @escaping @Sendable (Responder.Delivery) -> Void = { _ in }
  ) {
    let now = clock.now
    let form = error.form(in: call.settings.contract)
    let state = call.isMonitor ? monitor ?? state(of: call, .authenticated) : nil
    var fields = HTTPFields(call, monitor: state, now: now)
    if let retryAfter { fields.append("Retry-After", retryAfter) }
    if !allowed.isEmpty { fields.append("Allow", allowed.joined(separator: ", ")) }
    call.responder.respond(
      HTTPResponse(status: form.status, fields: fields, body: form.body(timestamp: now.text)),
      completion: completion, handover: handover)
  }

  /// The organization's slots and balance as they are.
  func state(of call: Call, _ stage: HeaderPolicy.Stage) -> MonitorState {
    MonitorState(
      stage: stage, usage: call.organization.usage, balance: call.organization.account.balance)
  }

  /// Refuses a request that belongs to no key: no header counts for one.
  func refuseAnonymous(
    _ error: APIError, _ responder: Responder, in revision: ContractRevision? = nil,
    handover: (@Sendable () -> Void)? = nil,
    completion: @escaping @Sendable (Responder.Delivery) -> Void = { _ in }
  ) {
    let revision = revision ?? self.revision
    let form = error.form(in: revision)
    let fields = HTTPFields(
      unauthenticated: HeaderPolicy.policy(of: revision),
      requestID: Identifier(anonymous.next(seed: organizations.defaults.seed)).text)
    responder.respond(
      HTTPResponse(
        status: form.status, fields: fields, body: form.body(timestamp: clock.now.text)),
      completion: completion, handover: handover)
  }

  /// Numbers the requests that no key numbers.
  private final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    func next(seed: UInt64) -> UInt64 {
      SeededRandom.mix(seed &+ count.add(1, ordering: .relaxed).newValue)
    }
  }
}
