import CloroContract
import HTTPServer
import Simulation

/// Answers what is meant for a proxy: `CONNECT`, and targets in absolute form.
///
/// The journal has an entry of each tunnel and of each refusal. Of a `CONNECT` to cloro's API it
/// has none, but of the requests that follow on its connection.
final class ProxyHandler: Sendable {
  private let rules: ProxyRules
  private let clock: MockClock
  private let journal: Journal

  init(_ rules: ProxyRules, clock: MockClock, journal: Journal) {
    self.rules = rules
    self.clock = clock
    self.journal = journal
  }

  /// Takes a request whose target names a host.
  ///
  /// - Returns: False when it is to be answered like any other.
  func takes(_ request: HTTPRequest, _ responder: Responder) -> Bool {
    let arrival = clock.now
    switch rules.verdict(on: request.head, isFromLoopback: { responder.isFromLoopback }) {
    case .answer: return false
    case .intercept:
      responder.intercept { error in
        refuse(.withoutTLS(error.reason), request, responder, at: arrival)
      }
    case .tunnel(let target):
      responder.tunnel(to: target.host, port: target.port ?? ServiceAddress.port) { [self] in
        tunnelled($0, request, responder, at: arrival)
      }
    case .refuse(let refusal): refuse(refusal, request, responder, at: arrival)
    }
    return true
  }

  private func tunnelled(
    _ outcome: Responder.TunnelOutcome, _ request: HTTPRequest, _ responder: Responder,
    at arrival: Timestamp
  ) {
    guard outcome == .open else {
      return refuse(.tunnel(outcome, to: request.path), request, responder, at: arrival)
    }
    note(HTTPResponse(status: 200), .tunnelled, request, at: arrival)
  }

  private func refuse(
    _ refusal: ProxyRefusal, _ request: HTTPRequest, _ responder: Responder, at arrival: Timestamp
  ) {
    let error = refusal.error
    let response = error.response
    note(response, .proxy(error.message), request, at: arrival)
    responder.respond(response)
  }

  private func note(
    _ response: HTTPResponse, _ facts: JournalReason.Facts, _ request: HTTPRequest,
    at arrival: Timestamp
  ) {
    journal.record(
      JournalEntry(
        at: arrival, key: nil, endpoint: .unknown, request: JournalEntry.Request(request),
        response: JournalEntry.Response(response), reason: JournalReason(facts),
        latency: clock.now.milliseconds - arrival.milliseconds, creditsCharged: 0),
      // A tunnel asks nothing of the double.
      isCounted: response.status != 200)
  }
}
