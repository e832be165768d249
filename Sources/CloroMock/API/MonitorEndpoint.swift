import CloroContract
import HTTPServer
import JSON
import Ledger
import Simulation

/// The work of a monitor's request, once it holds a slot. A class, because it is passed on often
/// and never changes.
final class MonitorWork {
  let endpoint: MonitorEndpoint
  let input: ResultRenderer.Input
  /// The slots in use, including this request's.
  let usage: ConcurrencySlots.Usage
  /// In credits.
  let price: Int64
  /// The stub's answer that replaces the provider's.
  let stubbed: Stub.Answer?
  /// What the real service is to be asked before the answer; nil for nothing.
  let asked: Recorder.Asked?

  init(
    endpoint: MonitorEndpoint, input: ResultRenderer.Input, usage: ConcurrencySlots.Usage,
    price: Int64, stubbed: Stub.Answer?, asked: Recorder.Asked? = nil
  ) {
    self.asked = asked
    self.endpoint = endpoint
    self.input = input
    self.usage = usage
    self.price = price
    self.stubbed = stubbed
  }
}

/// Answers `POST /v1/monitor/*` for one event loop: validation, credits, concurrency, latency,
/// charge, and the answer. The questions and answers that it keeps are only used on that loop.
final class MonitorEndpoint {
  private let services: APIServices
  private let clock: MockClock
  private let till: Till
  private let faults: RuleStrikes
  private let questions = RecentQuestions()
  private let answers: RecentAnswers

  init(_ services: APIServices, till: Till) {
    self.services = services
    clock = services.clock
    self.till = till
    faults = services.strikes
    answers = RecentAnswers(services.library)
  }

  /// Answers a request, or waits for its latency. Called on the loop.
  func answer(_ provider: Provider, _ call: Call) {
    let settings = call.settings
    guard !settings.unavailable.contains(provider) else {
      return call.refuse(.modelUnavailable(provider.rawValue))
    }
    let reading = questions.read(
      call.request.body, for: provider, in: settings.contract, settings.unknownMembers)
    switch reading {
    case .invalid(let issues, let notes):
      call.notes += notes
      call.refuse(.validationFailed(issues))
    case .question(let question):
      if !question.notes.isEmpty { call.notes += question.notes }
      admit(question, call)
    }
  }

  private func admit(_ question: Question, _ call: Call) {
    let request = question.request
    let isRuled = faults.mayConcern(call)
    if isRuled, let fault = faults.fault(insteadOf: call, request) {
      return fail(call, question, fault)
    }
    let seed = call.resultSeed(of: request)
    let usual = call.settings.prices.price(
      of: request, isSync: true, productClusters: ResultRenderer.productClusters(seed: seed))
    let recorded = call.organization.recordedCredits(
      of: request, in: call.settings.contract, services.replay)
    var price = recorded ?? usual
    let balance = call.organization.account.balance
    guard balance >= price else {
      return call.refuse(
        .insufficientCredits, JournalReason(.credits(balance: balance, price: price)),
        Call.Extras(monitor: call.state(.validated)))
    }
    switch call.organization.acquireSlot(for: call.requestID) {
    case .refused(let usage, let holders): refuse(call, usage, holders)
    case .admitted(let usage, let slot):
      let ruled = isRuled ? faults.stub(for: call, request) : nil
      // What a test has asked for comes before what is drawn, and what was recorded after it.
      let failure =
        call.settings.weather != nil && ruled == nil ? faults.weather(of: call, request) : nil
      let stub =
        ruled
        ?? (failure == nil
          ? call.organization.recording(
            of: request, in: call.settings.contract, services.replay) : nil)
      // Another call may have got the answer whose credits were looked at.
      price = stub?.definition.recorded?.credits ?? usual
      if let stub { call.influences.append(stub.mention) }
      let asked =
        stub == nil && failure == nil && services.recorder?.isOn == true
        ? asked(question, call, price) : nil
      guard stub != nil || failure != nil || asked != nil || !services.needsStubs else {
        // The slot goes back with the answer.
        call.hold(slot, for: nil)
        return refuseUnstubbed(call, usage)
      }
      // The real service takes its own time.
      var latency =
        asked == nil
        ? call.settings.latency(
          of: request.provider, or: stub, draw: call.number, seed: call.identity) : 0
      var isHeld = call.settings.plan.holdSync
      if isRuled {
        isHeld = faults.holds(call, request) || isHeld
        latency += faults.latency(of: call, request)
      }
      if let failure {
        call.hold(slot, for: nil)
        return Self.end(call, usage, after: latency, isHeld: isHeld) { [faults] in
          faults.strike(call, question.request, failure, usage: usage)
        }
      }
      let input = ResultRenderer.Input(
        question: question, revision: call.settings.contract, style: call.settings.style,
        seed: seed, link: call.seed, origin: call.origin(for: request),
        stub: stub?.result)
      call.hold(
        slot,
        for: MonitorWork(
          endpoint: self, input: input, usage: usage, price: price,
          stubbed: stub?.answer, asked: asked))
      guard latency > 0 || isHeld else { return complete(call, inTill: true) }
      Self.wait(latency, call, usage, isHeld: isHeld) {
        call.work?.endpoint.complete(call, inTill: false)
      }
    }
  }

  /// Lets a fault take the place of the answer. A status comes when the answer would have come;
  /// what strikes the connection comes at once, unless another fault says later. Until then the
  /// request holds a slot like any that is worked on.
  private func fail(_ call: Call, _ question: Question, _ fault: CountedRule<Fault>) {
    let request = question.request
    var isHeld = faults.holds(call, request)
    var latency = faults.latency(of: call, request)
    if fault.definition.kind.isStatus {
      isHeld = isHeld || call.settings.plan.holdSync
      latency += call.settings.latency(
        of: request.provider, or: nil, draw: call.number, seed: call.identity)
    }
    guard latency > 0 || isHeld else { return faults.strike(call, request, fault) }
    switch call.organization.acquireSlot(for: call.requestID) {
    case .refused(let usage, let holders):
      call.influences.append(fault.mention)
      refuse(call, usage, holders)
    case .admitted(let usage, let slot):
      call.hold(slot, for: nil)
      Self.end(call, usage, after: latency, isHeld: isHeld) { [faults] in
        faults.strike(call, question.request, fault, usage: usage)
      }
    }
  }

  /// Does what takes the place of a request's answer, at once or after a latency.
  private static func end(
    _ call: Call, _ usage: ConcurrencySlots.Usage, after latency: Int64, isHeld: Bool,
    _ body: @escaping @Sendable () -> Void
  ) {
    guard latency > 0 || isHeld else { return body() }
    wait(latency, call, usage, isHeld: isHeld, then: body)
  }

  private func refuse(
    _ call: Call, _ usage: ConcurrencySlots.Usage, _ holders: ConcurrencySlots.Holders
  ) {
    let state = MonitorState(
      stage: .validated, usage: usage, balance: call.organization.account.balance)
    call.refuse(
      .concurrencyLimitExceeded(limit: usage.limit),
      JournalReason(.slots(usage, holders), influences: call.influences),
      Call.Extras(monitor: state))
  }

  /// Waits until the request is released, if it is held, and then for a latency.
  private static func wait(
    _ latency: Int64, _ call: Call, _ usage: ConcurrencySlots.Usage, isHeld: Bool,
    then body: @escaping @Sendable () -> Void
  ) {
    guard isHeld else { return wait(latency, call, usage, then: body) }
    call.hold {
      call.goOn(after: latency) {
        wait(latency, call, usage, then: body)
      } _: {
        body()
      }
    }
  }

  /// Waits for a latency, or for the end of the attempt's window, which ends a longer one with an
  /// error that costs nothing.
  private static func wait(
    _ latency: Int64, _ call: Call, _ usage: ConcurrencySlots.Usage,
    then body: @escaping @Sendable () -> Void
  ) {
    guard latency > APIError.attemptWindow else { return call.wait(latency, body) }
    call.wait(APIError.attemptWindow) {
      var state = call.state(.validated)
      state.usage = usage
      call.refuse(.attemptTimedOut, nil, Call.Extras(monitor: state))
    }
  }

  /// Charges the request after its latency.
  ///
  /// - Parameter isOnLoop: Whether the call is still on its loop, so that it shares the round's
  ///   transaction. Otherwise its timer has just fired on the clock's queue, where all charges of a
  ///   moment are decided in the order of their timers.
  private func complete(_ call: Call, inTill isOnLoop: Bool) {
    guard let work = call.work else { return }
    if let asked = work.asked {
      guard let recorder = services.recorder, recorder.reserve(asked.price) else {
        return goOn(call, work, withoutAsking: asked, inTill: isOnLoop)
      }
      call.waitsForOthers()
      return recorder.ask(asked) { outcome in
        call.responder.execute { call.work?.endpoint.upstreamAnswered(call, outcome) }
      }
    }
    if case .error(let error, let retryAfter)? = work.stubbed {
      let subject = faults.subject(of: call, work.input.request)
      return faults.fail(
        call, faults.concrete(error, subject, call),
        JournalReason(.stub, influences: call.influences), retryAfter: retryAfter,
        usage: work.usage)
    }
    let now = isOnLoop ? call.arrival : clock.now
    let charge = Charge(
      account: call.organization.account, amount: work.price, at: now.milliseconds,
      endpoint: call.endpoint.path, requestID: call.requestID.text)
    if isOnLoop { return till.charge(charge, for: call) }
    services.ledger.charge(charge) { outcome in
      // The answer is not sent on the ledger's queue, because a commit would wait for it.
      call.responder.execute { call.settled(outcome) }
    }
  }

  /// Answers a question that the real service can't be asked any more: recording has stopped since
  /// the question was admitted. It then has the latency that it would have had.
  private func goOn(
    _ call: Call, _ work: MonitorWork, withoutAsking asked: Recorder.Asked, inTill isOnLoop: Bool
  ) {
    guard !services.needsStubs else { return refuseUnstubbed(call, work.usage) }
    call.change(
      MonitorWork(
        endpoint: self, input: work.input, usage: work.usage, price: work.price, stubbed: nil))
    let latency = call.settings.latency(
      of: asked.request.provider, or: nil, draw: call.number, seed: call.identity)
    guard latency > 0 else { return complete(call, inTill: isOnLoop) }
    call.goOn(after: latency) {
      Self.wait(latency, call, work.usage) { call.work?.endpoint.complete(call, inTill: false) }
    } _: {
    }
  }

  /// Refuses a question that neither a stub nor a recording answers. Its slot goes back with that.
  private func refuseUnstubbed(_ call: Call, _ usage: ConcurrencySlots.Usage) {
    var state = call.state(.validated)
    state.usage = usage
    call.refuse(
      services.replay == nil ? .noStub : .noRecording, JournalReason(.noStub),
      Call.Extras(monitor: state))
  }

  /// What the real service is to be asked.
  private func asked(_ question: Question, _ call: Call, _ price: Int64) -> Recorder.Asked {
    Recorder.Asked(
      request: question.request, contract: call.settings.contract, body: call.request.body,
      price: price,
      secrets: Secrets.credentials(in: call.request.fields.all, withIdentifiers: false))
  }

  /// Goes on with what the real service has answered. Called on the loop.
  private func upstreamAnswered(_ call: Call, _ outcome: Recorder.Outcome) {
    guard let work = call.work else { return }
    var state = call.state(.validated)
    state.usage = work.usage
    switch outcome {
    case .result(let answer):
      let old = work.input
      let input = ResultRenderer.Input(
        question: old.question, revision: old.revision, style: old.style, seed: old.seed,
        link: old.link, origin: old.origin, stub: .recorded(answer))
      call.influences.append("upstream (recorded)")
      call.change(
        MonitorWork(
          endpoint: self, input: input, usage: work.usage, price: work.price, stubbed: nil))
      complete(call, inTill: false)
    case .refused, .failed: faults.send(outcome, call, state)
    }
  }

  /// Answers a request whose charge is settled. Called on the loop.
  func settled(_ call: Call, _ outcome: ChargeOutcome) {
    guard let work = call.work else { return }
    let price = work.price
    var state = MonitorState(stage: .validated, usage: work.usage, balance: 0)
    switch outcome {
    case .charged(let balance):
      if price > 0 { services.chargeLog.written() }
      let now = clock.now
      var input = work.input
      let body = answers.body(of: &input)
      services.pages.keep(input, including: input.request.include, at: now)
      state = MonitorState(
        stage: .answered, usage: work.usage, balance: balance, charged: price)
      let response = HTTPResponse(
        status: 200, fields: HTTPFields(call, monitor: state, now: now), body: body)
      Delivery(call, response, rendered: input, charged: price).send(
        JournalReason(.charged(price, balance: balance), influences: call.influences), at: now)
    case .insufficient(let balance):
      state.balance = balance
      call.refuse(
        .insufficientCredits, JournalReason(.credits(balance: balance, price: price)),
        Call.Extras(monitor: state))
    case .failed(.unknownAccount):
      // The key was removed, or its organization reset, while the request ran.
      call.refuseAnonymously(.invalidOrExpiredAPIKey, JournalReason(.keyRemoved))
    case .failed(let error):
      // The double is stopping: the request loses its connection, and nobody need be told.
      if error != .closed { services.chargeLog.refused(error) }
      state.balance = call.organization.account.balance
      call.refuse(
        .internalError, JournalReason(.ledger("\(error)")), Call.Extras(monitor: state))
    }
  }

  /// Answers `POST /v1/monitor/google/goto`: no credits, no slot.
  func resolve(_ call: Call) {
    let contract = call.settings.contract
    guard let body = try? JSON(parsing: call.request.body) else {
      return call.refuse(.validationFailed(MonitorRequest.notJSON(in: contract)))
    }
    var ignored = IgnoredMembers()
    let validated = GotoRequest.validate(
      body, in: contract, unknownMembers: call.settings.unknownMembers, ignored: &ignored)
    call.notes += ignored.notes
    switch validated {
    case .invalid(let issues): call.refuse(.validationFailed(issues))
    case .valid(let request):
      guard let target = request.target else {
        return call.refuse(.linkUnresolved)
      }
      call.respond((["url": .string(target)] as JSON).encoded)
    }
  }
}
