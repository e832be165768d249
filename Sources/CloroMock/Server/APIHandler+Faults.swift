import CloroContract
import HTTPServer

extension APIHandler {
  /// Lets a fault that stands in place of an answer strike.
  ///
  /// - Returns: Whether one did; the request is then answered, or its connection ended.
  func strikeInstead(_ subject: FaultBoard.Subject, _ call: Call) -> Bool {
    let kind = faults.strike(subject) { kind in
      switch kind {
      case .status, .connectionReset, .emptyResponse, .randomDataThenClose: true
      default: false
      }
    }
    switch kind {
    case .status(let error, let retryAfter)?:
      fail(concrete(error, subject, call), call, retryAfter: retryAfter)
    case .connectionReset?, .emptyResponse?:
      journal.note(JournalEntry.Response(), call, JournalReason(.fault), at: clock.now)
      call.responder.abandon(resets: kind == .connectionReset)
    case .randomDataThenClose?:
      var random = SeededRandom(seed: call.seed)
      var response = HTTPResponse(status: 200)
      response.body = (0..<256).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      response.extent = .bodyAlone
      note(response, call, JournalReason(.fault), at: clock.now)
      call.responder.respond(response)
    default: return false
    }
    return true
  }

  /// Refuses as the error itself would have been: its status tells how far the request came.
  private func fail(_ error: APIError, _ call: Call, retryAfter: Int64?) {
    let contract = call.settings.contract
    let status = error.form(in: contract).status
    guard status != 401 else {
      return refuseAnonymous(
        error, call.exchange, reason: JournalReason(.fault), of: call.key, in: contract)
    }
    let stage: HeaderPolicy.Stage = status == 400 ? .authenticated : .validated
    refuse(
      error, call, reason: JournalReason(.fault),
      monitor: call.isMonitor ? state(of: call, stage) : nil, retryAfter: retryAfter)
  }

  /// How much longer a fault lets an answer take, in nanoseconds.
  func strikeLatency(
    _ subject: FaultBoard.Subject, _ call: Call, _ influences: inout [String]
  ) -> Int64 {
    let kind = faults.strike(subject) { if case .latency = $0 { true } else { false } }
    guard case .latency(let distribution)? = kind else { return 0 }
    var random = SeededRandom(seed: SeededRandom.mix(call.seed))
    return distribution.sample(&random)
  }

  /// Lets a fault strike in the delivery of a finished answer: it is charged all the same.
  ///
  /// - Returns: Whether one did.
  func strikeDelivery(
    _ response: inout HTTPResponse, _ subject: FaultBoard.Subject, _ reason: inout JournalReason
  ) -> Bool {
    let kind = faults.strike(subject) { kind in
      switch kind {
      case .malformedResponse, .truncateBody: true
      default: false
      }
    }
    switch kind {
    case .malformedResponse?:
      // The body ends in the middle of its JSON, and its length says so.
      response.body.removeLast(min(response.body.count, max(1, response.body.count / 4)))
    case .truncateBody(let bytes)?: response.extent = .cut(bytes)
    default: return false
    }
    return true
  }

  /// What a fault looks at: the call, and the question where there is one.
  func subject(of call: Call, _ request: MonitorRequest? = nil) -> FaultBoard.Subject {
    FaultBoard.Subject(
      key: call.key, path: call.path, provider: request?.provider, question: request?.question,
      seed: call.seed)
  }

  /// An error with the details of the request that it strikes.
  private func concrete(
    _ error: APIError, _ subject: FaultBoard.Subject, _ call: Call
  ) -> APIError {
    switch error {
    case .concurrencyLimitExceeded:
      .concurrencyLimitExceeded(limit: call.settings.plan.concurrency)
    case .routeNotFound: .routeNotFound(subject.path)
    case .modelUnavailable: .modelUnavailable(subject.provider?.rawValue ?? "requested")
    case .externalService:
      call.endpoint.kind == .goto
        ? .externalService("google", message: "goto resolve request failed") : error
    default: error
    }
  }
}
