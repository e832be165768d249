import CloroContract
import HTTPServer
import JSON
import Ledger

extension APIHandler {
  /// A monitor request that holds a slot.
  private struct Running: Sendable {
    let call: Call
    let request: MonitorRequest
    let usage: ConcurrencySlots.Usage
    let price: Int64
    /// Decides the answer.
    let seed: UInt64
    let origin: String

    var resultInput: ResultRenderer.Input {
      ResultRenderer.Input(
        request: request, revision: call.settings.contract, seed: seed, origin: origin)
    }
  }

  /// Answers `POST /v1/monitor/*`: validation, credits, concurrency, latency, charge.
  func monitor(_ provider: Provider, _ http: HTTPRequest, _ call: Call) {
    let contract = call.settings.contract
    guard !call.settings.plan.unavailable.contains(provider) else {
      return refuse(.modelUnavailable(provider.rawValue), call)
    }
    guard let body = try? JSON(parsing: http.body) else {
      return refuse(.validationFailed(MonitorRequest.notJSON(in: contract)), call)
    }
    switch MonitorRequest.validate(body, for: provider, in: contract) {
    case .invalid(let issues): refuse(.validationFailed(issues), call)
    case .valid(let request): start(request, http, call)
    }
  }

  private func start(_ request: MonitorRequest, _ http: HTTPRequest, _ call: Call) {
    let subject = subject(of: call, request)
    if strikeInstead(subject, call) { return }
    let seed = call.resultSeed(of: request)
    let price = call.settings.plan.pricing.price(
      of: request, isSync: true, productClusters: ResultRenderer.productClusters(seed: seed))
    guard call.organization.account.balance >= price else {
      return refuse(.insufficientCredits, call, monitor: state(of: call, .validated))
    }
    switch call.organization.acquireSlot() {
    case .refused(let usage):
      let state = MonitorState(
        stage: .validated, usage: usage, balance: call.organization.account.balance)
      refuse(.concurrencyLimitExceeded(limit: usage.limit), call, monitor: state)
    case .admitted(let usage):
      let running = Running(
        call: call, request: request, usage: usage, price: price, seed: seed,
        origin: call.origin(of: http, for: request, bound: address))
      var random = SeededRandom(seed: call.seed)
      let latency =
        call.settings.latency(of: request.provider).sample(&random) + strikeLatency(subject, call)
      guard latency > 0 else { return finish(running) {} }
      clock.schedule(after: latency, kind: .latency, id: call.requestID.text) { [clock] in
        let activity = clock.activity.begin()
        finish(running) { clock.activity.end(activity) }
      }
    }
  }

  /// Charges and answers when the latency has passed; the slot is freed with the last byte.
  private func finish(_ running: Running, then done: @escaping @Sendable () -> Void) {
    let (call, organization) = (running.call, running.call.organization)
    guard !call.responder.isClientGone else {
      // Nothing is charged, and the connection ends: whoever is left hears that at least.
      return call.responder.abandon { _ in
        tasks.releaseSlot(of: organization)
        done()
      }
    }
    let input = running.resultInput
    let body = render(input)
    let charge = Charge(
      account: organization.account, amount: running.price,
      at: clock.now.milliseconds, endpoint: call.endpoint.path, requestID: call.requestID.text)
    ledger.charge(charge) { outcome in
      let release: @Sendable () -> Void = { tasks.releaseSlot(of: organization) }
      let completion: @Sendable (Responder.Delivery) -> Void = { _ in done() }
      var state = MonitorState(stage: .validated, usage: running.usage, balance: 0)
      switch outcome {
      case .charged(let balance):
        tasks.pages.keep(input, at: clock.now)
        state = MonitorState(
          stage: .answered, usage: running.usage, balance: balance, charged: charge.amount)
        let fields = HTTPFields(call, monitor: state, now: clock.now)
        var response = HTTPResponse(status: 200, fields: fields, body: body)
        strikeDelivery(&response, subject(of: call, running.request))
        call.responder.respond(response, completion: completion, handover: release)
      case .insufficient(let balance):
        state.balance = balance
        refuse(
          .insufficientCredits, call, monitor: state, handover: release, completion: completion)
      case .failed(.unknownAccount):
        // The key was removed, or its organization reset, while the request ran.
        refuseAnonymous(
          .invalidOrExpiredAPIKey, call.responder, in: call.settings.contract, handover: release,
          completion: completion)
      case .failed(let error):
        logger.error("charge failed", metadata: ["reason": "\(error)"])
        state.balance = organization.account.balance
        refuse(.internalError, call, monitor: state, handover: release, completion: completion)
      }
    }
  }

  /// Answers `POST /v1/monitor/google/goto`: no credits, no slot.
  func goto(_ http: HTTPRequest, _ call: Call) {
    let contract = call.settings.contract
    guard let body = try? JSON(parsing: http.body) else {
      return refuse(.validationFailed(MonitorRequest.notJSON(in: contract)), call)
    }
    switch GotoRequest.validate(body, in: contract) {
    case .invalid(let issues): refuse(.validationFailed(issues), call)
    case .valid(let request):
      guard let target = request.target else {
        return refuse(
          .externalService("google", message: "goto resolve request failed"), call)
      }
      respond(["url": .string(target)], call)
    }
  }

  // MARK: Results

  private func render(_ input: ResultRenderer.Input) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(4096)
    body.append("{\"success\":true,\"result\":")
    library.render(input, to: &body)
    body.append("}")
    return body
  }
}
