import HTTPServer
import Simulation

extension APIHandler {
  /// Sends a finished answer, unless a fault strikes in its delivery: it is charged all the same.
  ///
  /// - Parameters:
  ///   - input: What the body was rendered from, when it can be rendered again.
  ///   - charged: The credits that were charged for it.
  ///   - done: Called when the answer is out or can't be, or when it goes on with the clock.
  func deliver(
    _ answer: HTTPResponse, rendered input: ResultRenderer.Input? = nil, _ call: Call,
    _ reason: consuming JournalReason, charged: Int64 = 0, at now: Timestamp,
    handover: (@Sendable () -> Void)? = nil, then done: (@Sendable () -> Void)? = nil
  ) {
    if rules.mayConcern(call.organization.rules), let fault = strikeInDelivery(input, call) {
      return deliver(
        answer, rendered: input, call, reason, charged: charged, at: now, spoiltBy: fault,
        handover: handover, then: done)
    }
    journal.note(noted(answer, rendered: input), call, reason, charged: charged, at: now)
    call.responder.respond(answer, handover: handover)
    call.responder.afterwards(done)
  }

  private func deliver(
    _ answer: HTTPResponse, rendered input: ResultRenderer.Input?, _ call: Call,
    _ reason: JournalReason, charged: Int64, at now: Timestamp, spoiltBy fault: CountedRule<Fault>,
    handover: (@Sendable () -> Void)?, then done: (@Sendable () -> Void)?
  ) {
    var (response, reason) = (answer, reason)
    var slowness: (duration: Int64, chunks: Int)?
    var isCut = false
    reason.influences.append(fault.mention)
    switch fault.definition.kind {
    case .malformedResponse:
      // The body ends in the middle of its JSON, and its length says so.
      response.body.removeLast(min(response.body.count, max(1, response.body.count / 4)))
      isCut = true
    case .truncateBody(let bytes):
      response.extent = .cut(bytes)
      isCut = true
    case .slowBody(let duration, let chunks):
      var random = SeededRandom(seed: SeededRandom.mix(call.seed))
      slowness = (duration.sample(&random), chunks)
    default: break
    }
    journal.note(
      noted(response, rendered: isCut ? nil : input), call, reason, charged: charged, at: now)
    guard let slowness else {
      call.responder.respond(response, handover: handover)
      return call.responder.afterwards(done)
    }
    SlowBody(
      response, call, clock, over: slowness.duration, chunks: slowness.chunks, handover: handover
    ).start()
    done?()
  }

  /// An answer as the journal keeps it.
  private func noted(
    _ response: HTTPResponse, rendered input: ResultRenderer.Input?
  ) -> JournalEntry.Response {
    guard let input else { return JournalEntry.Response(response) }
    return JournalEntry.Response(
      status: response.status, fields: response.fields, body: .rendered(input))
  }

  private func strikeInDelivery(
    _ input: ResultRenderer.Input?, _ call: Call
  ) -> CountedRule<Fault>? {
    rules.strike(subject(of: call, input?.request)) { kind in
      switch kind {
      case .malformedResponse, .truncateBody, .slowBody: true
      default: false
      }
    }
  }
}
