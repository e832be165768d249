import CloroContract
import HTTPServer
import Ledger
import Simulation

/// Answers `/v1/*` for one event loop: admission in the contract's order, then the endpoint.
///
/// Authentication → rate limit → route → validation → credits → concurrency → answer → charge.
///
/// `@unchecked Sendable`: the state that it keeps between requests is only used on its loop; the
/// rest never changes.
final class APIHandler: @unchecked Sendable {
  private let services: APIServices
  private let clock: MockClock
  private let callers: CallerTable
  private let till: Till
  private let monitor: MonitorEndpoint
  private let tasks: TaskEndpoints
  private let account: AccountEndpoints

  /// - Parameter executor: Runs jobs on the loop.
  init(_ services: APIServices, on executor: LoopExecutor) {
    self.services = services
    clock = services.clock
    callers = CallerTable(
      services.organizations, allowsOverrides: services.allowsOverrides)
    till = Till(services.ledger) { executor.execute($0) }
    monitor = MonitorEndpoint(services, till: till)
    tasks = TaskEndpoints(services)
    account = AccountEndpoints(services)
  }

  /// Settles the charges that the round's requests have added to the till.
  func roundEnded() { till.settle() }

  /// Answers a request, at once or after its latency.
  func handle(_ request: HTTPRequest, _ responder: Responder) {
    let exchange = Exchange(
      request: request, arrival: clock.now, responder: responder)
    switch callers.caller(of: request.head) {
    case .success(let caller): admit(caller, exchange)
    case .failure(let refusal): refuse(exchange, refusal)
    }
  }

  /// Refuses a request without a valid key. If the key is known but revoked, its organization's
  /// contract decides the form of the error.
  private func refuse(_ exchange: Exchange, _ refusal: CallerTable.Unauthenticated) {
    let revision = refusal.key?.organization.settings.contract ?? services.revision
    let id = services.unownedRequestID()
    let response = services.anonymousRefusal(refusal.error, of: id, in: revision)
    let now = clock.now
    services.journal.note(
      response, exchange, id, refusal.reason, of: refusal.key, in: revision, at: now)
    services.count(exchange, id, refusal.error, of: refusal.key, in: revision, at: now)
    exchange.responder.respond(response)
  }

  private func admit(_ caller: Caller, _ exchange: Exchange) {
    let (key, settings) = (caller.key, caller.key.organization.settings)
    let route = caller.route(in: settings.contract)
    let call = Call(
      exchange, services, key: key, settings: settings, endpoint: route.endpoint,
      admission: key.admit(to: route.endpoint, under: settings, at: exchange.arrival))
    switch caller.override {
    case nil: break
    case .ignored: call.notes.append(RequestOverride.note)
    case .valid(let override): call.override = override
    case .invalid: break
    }
    let watch = key.organization.watch
    if watch.isAlert { watch.arrived(call.subject, at: call.arrival) }
    guard call.rate.isAllowed else {
      let window = exchange.arrival.seconds
      return call.refuse(
        .rateLimitExceeded,
        JournalReason(.rate(settings.plan.rateLimit, window: window, call.endpoint)))
    }
    if case .invalid(let problem)? = caller.override {
      return call.refuse(.validationFailed([FieldIssue("\(RequestOverride.field)", problem)]))
    }
    switch route.match {
    case .endpoint: answerOrFail(call)
    case .otherMethod(let allowed):
      call.refuse(
        .routeNotFound(call.path), JournalReason(.methods(allowed)),
        Call.Extras(allowed: allowed))
    case .none: call.refuse(.routeNotFound(call.path))
    }
  }

  /// Answers unless a fault strikes. Faults on a monitor's request strike later, when its question
  /// is known.
  private func answerOrFail(_ call: Call) {
    if case .monitor = call.endpoint.kind { return answer(call) }
    let faults = services.strikes
    guard faults.mayConcern(call) else { return answer(call) }
    let fault = faults.fault(insteadOf: call, nil)
    let isHeld = faults.holds(call, nil)
    let latency = faults.latency(of: call, nil)
    let end: @Sendable () -> Void = { [self] in
      if let fault { faults.strike(call, nil, fault) } else { answer(call) }
    }
    let goOn: @Sendable () -> Void = {
      call.goOn(after: latency) {
        call.wait(latency, end)
      } _: {
        end()
      }
    }
    if isHeld { call.hold(goOn) } else { goOn() }
  }

  private func answer(_ call: Call) {
    switch call.endpoint.kind {
    case .monitor(let provider): monitor.answer(provider, call)
    case .goto: monitor.resolve(call)
    case .countries: account.countries(call)
    case .states: account.states(call)
    case .credits: account.credits(call)
    case .createTask: tasks.create(call)
    case .createBatch: tasks.createBatch(call)
    case .task: tasks.read(Endpoint.taskID(in: call.path), call)
    case .asyncStatus: tasks.status(call)
    case .clearQueue: tasks.clearQueue(call)
    case .unknown: call.refuse(.routeNotFound(call.path))
    }
  }
}
