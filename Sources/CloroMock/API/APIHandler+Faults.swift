import CloroContract
import HTTPServer
import Simulation

extension APIHandler {
  /// Lets a fault that stands in place of an answer strike.
  ///
  /// - Returns: Whether one did; the request is then answered, or its connection ended.
  func strikeInstead(_ request: MonitorRequest?, _ call: Call) -> Bool {
    let subject = subject(of: call, request)
    let fault = rules.strike(subject) { kind in
      switch kind {
      case .status, .connectionReset, .emptyResponse, .randomDataThenClose: true
      default: false
      }
    }
    guard let fault else { return false }
    let reason = JournalReason(.fault, influences: [fault.mention])
    switch fault.definition.kind {
    case .status(let error, let retryAfter):
      fail(concrete(error, subject, call), call, reason: reason, retryAfter: retryAfter)
    case .randomDataThenClose:
      var random = SeededRandom(seed: call.seed)
      var response = HTTPResponse(status: 200)
      response.body = (0..<256).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      response.extent = .bodyAlone
      note(response, call, reason, at: clock.now)
      call.responder.respond(response)
    default:
      journal.note(JournalEntry.Response(), call, reason, at: clock.now)
      call.responder.abandon(resets: fault.definition.kind == .connectionReset)
    }
    return true
  }

  /// Refuses as the error itself would have been: its status tells how far the request came.
  ///
  /// - Parameter usage: The slots as the request found them; by default as they are.
  func fail(
    _ error: APIError, _ call: Call, reason: JournalReason, retryAfter: Int64?,
    usage: ConcurrencySlots.Usage? = nil, handover: (@Sendable () -> Void)? = nil,
    then done: (@Sendable () -> Void)? = nil
  ) {
    let contract = call.settings.contract
    let status = error.form(in: contract).status
    guard status != 401 else {
      return refuseAnonymous(
        error, call.exchange, reason: reason, of: call.key, in: contract, retryAfter: retryAfter,
        handover: handover,
        then: done)
    }
    var monitor = state(of: call, status == 400 ? .authenticated : .validated)
    monitor.usage = usage ?? monitor.usage
    // A client that adapts itself by these fields must find what a real refusal says.
    if case .concurrencyLimitExceeded(let limit) = error.documented {
      monitor.usage = ConcurrencySlots.Usage(limit: limit, current: limit + 1)
    }
    refuse(
      error, call, reason: reason, monitor: call.isMonitor ? monitor : nil,
      retryAfter: retryAfter, handover: handover, then: done)
  }

  /// How much longer a fault lets an answer take, in nanoseconds.
  ///
  /// - Parameter influences: Takes up the fault.
  func strikeLatency(
    _ request: MonitorRequest?, _ call: Call, _ influences: inout [String]
  ) -> Int64 {
    let fault = rules.strike(subject(of: call, request)) {
      if case .latency = $0 { true } else { false }
    }
    guard let fault, case .latency(let distribution) = fault.definition.kind else { return 0 }
    influences.append(fault.mention)
    var random = SeededRandom(seed: SeededRandom.mix(call.seed))
    return distribution.sample(&random)
  }

  /// What a fault looks at: the call, and the question where there is one.
  func subject(of call: Call, _ request: MonitorRequest?) -> RuleSubject {
    RuleSubject(
      key: call.key.text, ownRules: call.organization.rules, path: call.path,
      provider: request?.provider, question: request?.question,
      country: request?.country, seed: call.seed)
  }

  /// An error with the details of the request that it strikes.
  func concrete(_ error: APIError, _ subject: RuleSubject, _ call: Call) -> APIError {
    if case .externalService = error, call.endpoint.kind == .goto {
      return .externalService("google", message: "goto resolve request failed")
    }
    return error.concrete(for: subject, concurrency: call.settings.plan.concurrency)
  }
}
