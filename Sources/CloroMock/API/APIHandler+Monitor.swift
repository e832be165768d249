import CloroContract
import HTTPServer
import JSON
import Ledger
import Simulation

extension APIHandler {
  /// A monitor request that holds a slot. A class for the same reason as ``Call``.
  private final class Running: Sendable {
    let call: Call
    let input: ResultRenderer.Input
    let usage: ConcurrencySlots.Usage
    let slot: ConcurrencySlots.Slot
    let price: Int64
    /// The faults that have had a hand in it so far.
    let influences: [String]
    /// What a stub answers instead of the provider.
    let stubbed: Stub.Answer?
    private let tasks: TaskEngine

    init(
      _ call: Call, _ input: ResultRenderer.Input, usage: ConcurrencySlots.Usage,
      slot: ConcurrencySlots.Slot, price: Int64, influences: [String], stubbed: Stub.Answer?,
      tasks: TaskEngine
    ) {
      self.tasks = tasks
      self.call = call
      self.input = input
      self.usage = usage
      self.slot = slot
      self.price = price
      self.influences = influences
      self.stubbed = stubbed
    }

    /// Gives the slot back.
    func release() { tasks.release(slot, of: call.organization) }
  }

  /// Answers `POST /v1/monitor/*`: validation, credits, concurrency, latency, charge.
  func monitor(_ provider: Provider, _ call: Call) {
    let contract = call.settings.contract
    guard !call.settings.plan.unavailable.contains(provider) else {
      return refuse(.modelUnavailable(provider.rawValue), call)
    }
    switch questions.read(call.request.body, for: provider, in: contract) {
    case .invalid(let issues): refuse(.validationFailed(issues), call)
    case .question(let question): start(question, call)
    }
  }

  private func start(_ question: Question, _ call: Call) {
    let request = question.request
    let isRuled = rules.mayConcern(call.organization.rules)
    if isRuled, strikeInstead(request, call) { return }
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
      let stub = isRuled ? rules.stub(for: subject(of: call, request)) : nil
      var influences = stub.map { [$0.mention] } ?? []
      var random = SeededRandom(seed: call.seed)
      let distribution =
        stub?.definition.latency ?? call.settings.latency(of: request.provider)
      var latency = distribution.sample(&random)
      if isRuled { latency += strikeLatency(request, call, &influences) }
      let input = ResultRenderer.Input(
        question: question, revision: call.settings.contract, seed: seed,
        origin: call.origin(for: request, bound: address), stub: stub?.definition.result)
      let running = Running(
        call, input, usage: usage, slot: slot, price: price, influences: influences,
        stubbed: stub?.definition.answer, tasks: tasks)
      // The loop that this request came by settles what its round has brought.
      guard latency > 0 else {
        return finish(running, at: call.arrival, settled: .byCaller, then: nil)
      }
      clock.schedule(after: latency, kind: .latency, id: call.requestID.text) { [self] in
        let activity = clock.activity.begin()
        finish(running, at: clock.now, settled: .soon) { [clock] in clock.activity.end(activity) }
      }
    }
  }

  /// Charges and answers when the latency has passed; the slot is freed with the last byte.
  private func finish(
    _ running: Running, at now: Timestamp, settled settlement: Ledger.Settlement,
    then done: (@Sendable () -> Void)?
  ) {
    let call = running.call
    guard !call.responder.isClientGone else {
      let reason = JournalReason(.clientGone(price: running.price), influences: running.influences)
      journal.note(JournalEntry.Response(status: 499), call, reason, at: now)
      // Nothing is charged, and the connection ends: whoever is left hears that at least.
      return call.responder.abandon { _ in
        running.release()
        done?()
      }
    }
    if case .error(let error, let retryAfter)? = running.stubbed {
      return fail(
        concrete(error, subject(of: call, running.input.request), call), call,
        reason: JournalReason(.stub, influences: running.influences), retryAfter: retryAfter,
        usage: running.usage, handover: { running.release() }, then: done)
    }
    let answer = library.answer(running.input)
    ledger.charge(
      Charge(
        account: call.organization.account, amount: running.price,
        at: now.milliseconds, endpoint: call.endpoint.path, requestID: call.requestID.text),
      settled: settlement
    ) { [self] outcome in
      // Nothing is sent from the ledger's queue: a commit would wait for it. Only the loop that settles
      // its own charges is told elsewhere.
      if settlement == .byCaller, running.call.responder.isOnLoop {
        self.answer(running, answer, outcome, then: done)
      } else {
        running.call.responder.later { [self] in
          self.answer(running, answer, outcome, then: done)
        }
      }
    }
  }

  /// Answers a request whose charge is settled.
  private func answer(
    _ running: Running, _ answer: RecentAnswers.Answer, _ outcome: ChargeOutcome,
    then done: (@Sendable () -> Void)?
  ) {
    let (call, charged) = (running.call, running.price)
    let release: @Sendable () -> Void = { running.release() }
    var state = MonitorState(stage: .validated, usage: running.usage, balance: 0)
    switch outcome {
    case .charged(let balance):
      if charged > 0 { tasks.chargeLog.written() }
      let now = clock.now
      tasks.pages.keep(answer.input, at: now)
      state = MonitorState(
        stage: .answered, usage: running.usage, balance: balance, charged: charged)
      deliver(
        HTTPResponse(
          status: 200, fields: HTTPFields(call, monitor: state, now: now), body: answer.body),
        rendered: answer.input, call,
        JournalReason(.charged(charged, balance: balance), influences: running.influences),
        charged: charged, at: now, handover: release, then: done)
    case .insufficient(let balance):
      state.balance = balance
      let facts = JournalReason.Facts.credits(balance: balance, price: charged)
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
      state.balance = call.organization.account.balance
      refuse(
        .internalError, call, reason: JournalReason(.ledger("\(error)")), monitor: state,
        handover: release, then: done)
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
