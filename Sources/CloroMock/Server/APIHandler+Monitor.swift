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
    let origin: String
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
    let price = price(of: request, call)
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
        call: call, request: request, usage: usage, origin: origin(http, request))
      var random = SeededRandom(seed: call.seed)
      let latency = call.settings.latency(of: request.provider).sample(&random)
      guard latency > 0 else { return finish(running) {} }
      clock.schedule(after: latency, kind: .latency, id: call.requestID) { [clock] in
        clock.activity.begin()
        finish(running) { clock.activity.end() }
      }
    }
  }

  /// Charges and answers when the latency has passed; the slot is freed with the last byte.
  private func finish(_ running: Running, then done: @escaping @Sendable () -> Void) {
    let (call, organization) = (running.call, running.call.organization)
    guard !call.responder.isClientGone else {
      organization.releaseSlot()
      return done()
    }
    let body = render(running)
    let charge = Charge(
      account: organization.account, amount: price(of: running.request, call),
      at: clock.now.milliseconds, endpoint: call.endpoint.path, requestID: call.requestID)
    ledger.charge(charge) { outcome in
      let release: @Sendable (Responder.Delivery) -> Void = { _ in
        organization.releaseSlot()
        done()
      }
      var state = MonitorState(stage: .validated, usage: running.usage, balance: 0)
      switch outcome {
      case .charged(let balance):
        state = MonitorState(
          stage: .answered, usage: running.usage, balance: balance, charged: charge.amount)
        let fields = HTTPFields(call, monitor: state, now: clock.now)
        call.responder.respond(
          HTTPResponse(status: 200, fields: fields, body: body), completion: release)
      case .insufficient(let balance):
        state.balance = balance
        refuse(.insufficientCredits, call, monitor: state, completion: release)
      case .failed(let error):
        logger.error("charge failed", metadata: ["reason": "\(error)"])
        state.balance = organization.account.balance
        refuse(.internalError, call, monitor: state, completion: release)
      }
    }
  }

  // MARK: Results

  private func price(of request: MonitorRequest, _ call: Call) -> Int64 {
    call.price(
      of: request,
      productClusters: ResultRenderer.productClusters(seed: resultSeed(request, call)))
  }

  /// The same key, question and seed give the same answer.
  private func resultSeed(_ request: MonitorRequest, _ call: Call) -> UInt64 {
    var hash = StableHash(seed: call.key.identity(seed: call.settings.seed))
    hash.combine(request.provider.rawValue)
    hash.combine(request.question)
    hash.combine(request.country)
    return hash.value
  }

  private func render(_ running: Running) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(4096)
    body.append("{\"success\":true,\"result\":")
    library.render(
      ResultRenderer.Input(
        request: running.request, revision: running.call.settings.contract,
        seed: resultSeed(running.request, running.call), origin: running.origin),
      to: &body)
    body.append("}")
    return body
  }

  /// The double's address as the client knows it, right behind a mapped port too.
  private func origin(_ http: HTTPRequest, _ request: MonitorRequest) -> String {
    request.include.contains(.html) ? "http://\(http.fields["Host"] ?? "localhost")" : ""
  }
}
