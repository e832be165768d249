import HTTPServer
import Simulation

/// A finished answer that is about to be sent. A fault may still damage it; it is charged even
/// then.
struct Delivery {
  private let call: Call
  private let response: HTTPResponse
  /// The input from which the body was rendered, if it can be rendered again.
  private let rendered: ResultRenderer.Input?
  private let charged: Int64

  /// - Parameters:
  ///   - rendered: The input from which the body was rendered; nil when it can't be rendered again.
  ///   - charged: The credits that were charged for it. The default is 0.
  init(
    _ call: Call, _ response: HTTPResponse, rendered: ResultRenderer.Input? = nil,
    charged: Int64 = 0
  ) {
    self.call = call
    self.response = response
    self.rendered = rendered
    self.charged = charged
  }

  /// Sends the answer, damaged if a fault strikes.
  func send(_ reason: consuming JournalReason, at now: Timestamp) {
    let strikes = call.services.strikes
    if strikes.mayConcern(call), !call.isLeft,
      let fault = strikes.strikeDelivery(of: call, rendered?.request)
    {
      return send(reason, at: now, spoiltBy: fault)
    }
    call.end(response, noted: noted(response), reason, charged: charged, at: now)
  }

  private func send(
    _ reason: JournalReason, at now: Timestamp, spoiltBy fault: CountedRule<Fault>
  ) {
    var (response, reason) = (response, reason)
    reason.influences.append(fault.mention)
    switch fault.definition.kind {
    case .connectionReset:
      call.abandon(reason, charged: charged, resets: true)
    case .malformedResponse:
      // The body ends in the middle of its JSON, and `Content-Length` is that of the shortened
      // body.
      response.body.removeLast(min(response.body.count, max(1, response.body.count / 4)))
      call.end(response, reason, charged: charged, at: now)
    case .truncateBody(let bytes):
      response.extent = .cut(bytes)
      call.end(response, reason, charged: charged, at: now)
    case .slowBody(let duration, let chunks):
      var random = SeededRandom(seed: SeededRandom.mix(call.seed))
      let duration = duration.sample(&random)
      call.note(
        noted(response), reason, charged: charged, at: now)
      SlowBody(response, call, over: duration, chunks: chunks).start()
    default:
      call.end(response, noted: noted(response), reason, charged: charged, at: now)
    }
  }

  /// The answer as the journal stores it.
  private func noted(_ response: HTTPResponse) -> JournalEntry.Response {
    guard let rendered else { return JournalEntry.Response(response) }
    return JournalEntry.Response(
      status: response.status, fields: response.fields, body: .rendered(rendered))
  }
}
