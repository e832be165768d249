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
    let slot: ConcurrencySlots.Slot
    let price: Int64
    /// The faults that have had a hand in it so far.
    let influences: [String]
    /// Decides the answer.
    let seed: UInt64
    let origin: String
    /// What answers instead of the provider.
    let stub: ActiveRule<Stub>?

    var resultInput: ResultRenderer.Input {
      ResultRenderer.Input(
        request: request, revision: call.settings.contract, seed: seed, origin: origin,
        stub: stub?.definition.result)
    }
  }

  /// Answers `POST /v1/monitor/*`: validation, credits, concurrency, latency, charge.
  func monitor(_ provider: Provider, _ call: Call) {
    let contract = call.settings.contract
    guard !call.settings.plan.unavailable.contains(provider) else {
      return refuse(.modelUnavailable(provider.rawValue), call)
    }
    guard let body = try? JSON(parsing: call.request.body) else {
      return refuse(.validationFailed(MonitorRequest.notJSON(in: contract)), call)
    }
    switch MonitorRequest.validate(body, for: provider, in: contract) {
    case .invalid(let issues): refuse(.validationFailed(issues), call)
    case .valid(let request): start(request, call)
    }
  }

  private func start(_ request: MonitorRequest, _ call: Call) {
    let subject = subject(of: call, request)
    if strikeInstead(subject, call) { return }
    let seed = call.resultSeed(of: request)
    let price = call.settings.plan.pricing.price(
      of: request, isSync: true, productClusters: ResultRenderer.productClusters(seed: seed))
    let balance = call.organization.account.balance
    guard balance >= price else {
      return refuse(
        .insufficientCredits, call,
        reason: JournalReason(.credits(balance: balance, price: price)),
        monitor: state(of: call, .validated))
    }
    switch call.organization.acquireSlot(for: call.requestID) {
    case .refused(let usage, let holders):
      let state = MonitorState(
        stage: .validated, usage: usage, balance: call.organization.account.balance)
      refuse(
        .concurrencyLimitExceeded(limit: usage.limit), call,
        reason: JournalReason(.slots(usage, holders)), monitor: state)
    case .admitted(let usage, let slot):
      let stub = rules.stub(for: subject)
      var influences = stub.map { [$0.mention] } ?? []
      var random = SeededRandom(seed: call.seed)
      let distribution =
        stub?.definition.latency ?? call.settings.latency(of: request.provider)
      let latency = distribution.sample(&random) + strikeLatency(subject, call, &influences)
      let running = Running(
        call: call, request: request, usage: usage, slot: slot, price: price,
        influences: influences, seed: seed, origin: call.origin(for: request, bound: address),
        stub: stub)
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
    let release: @Sendable () -> Void = { tasks.release(running.slot, of: organization) }
    guard !call.responder.isClientGone else {
      let reason = JournalReason(.clientGone(price: running.price), influences: running.influences)
      journal.note(JournalEntry.Response(status: 499), call, reason, at: clock.now)
      // Nothing is charged, and the connection ends: whoever is left hears that at least.
      return call.responder.abandon { _ in
        release()
        done()
      }
    }
    if case .error(let error, let retryAfter)? = running.stub?.definition.answer {
      return fail(
        concrete(error, subject(of: call, running.request), call), call,
        reason: JournalReason(.stub, influences: running.influences), retryAfter: retryAfter,
        usage: running.usage, handover: release, then: done)
    }
    let input = running.resultInput
    let body = MonitorAnswer.render(input, library)
    let charge = Charge(
      account: organization.account, amount: running.price,
      at: clock.now.milliseconds, endpoint: call.endpoint.path, requestID: call.requestID.text)
    ledger.charge(charge) { outcome in
      var state = MonitorState(stage: .validated, usage: running.usage, balance: 0)
      switch outcome {
      case .charged(let balance):
        if charge.amount > 0 { tasks.chargeLog.written() }
        tasks.pages.keep(input, at: clock.now)
        state = MonitorState(
          stage: .answered, usage: running.usage, balance: balance, charged: charge.amount)
        let now = clock.now
        deliver(
          HTTPResponse(status: 200, fields: HTTPFields(call, monitor: state, now: now), body: body),
          rendered: input, call, subject(of: call, running.request),
          JournalReason(.charged(charge.amount, balance: balance), influences: running.influences),
          charged: charge.amount, at: now, handover: release, then: done)
      case .insufficient(let balance):
        state.balance = balance
        let facts = JournalReason.Facts.credits(balance: balance, price: running.price)
        refuse(
          .insufficientCredits, call, reason: JournalReason(facts), monitor: state,
          handover: release, then: done)
      case .failed(.unknownAccount):
        // The key was removed, or its organization reset, while the request ran.
        refuseAnonymous(
          .invalidOrExpiredAPIKey, call.exchange, reason: JournalReason(.keyRemoved), of: call.key,
          in: call.settings.contract, handover: release, then: done)
      case .failed(let error):
        tasks.chargeLog.refused(error)
        state.balance = organization.account.balance
        refuse(
          .internalError, call, reason: JournalReason(.ledger("\(error)")), monitor: state,
          handover: release, then: done)
      }
    }
  }

  /// Answers `POST /v1/monitor/google/goto`: no credits, no slot.
  func goto(_ call: Call) {
    let contract = call.settings.contract
    guard let body = try? JSON(parsing: call.request.body) else {
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
}
