import CloroContract
import HTTPServer
import Simulation

extension Call {
  /// What the client's behaviour is judged by.
  var subject: ClientWatch.Subject {
    ClientWatch.Subject(
      request, requestID, responder, token: key.text, organization: organization.name,
      settings: settings)
  }

  /// The request as one that may repeat another one.
  func repeating(at now: Timestamp) -> ClientWatch.Repeating {
    ClientWatch.Repeating(
      id: requestID, organization: organization.name, settings: settings, now: now)
  }

  /// Counts the request's end, and looks at what the client has done with it.
  ///
  /// - Parameter status: nil when the connection ended without one.
  func count(_ reason: JournalReason, status: Int?, charged: Int64, at now: Timestamp) {
    let rule = reason.rule
    let isAnswered = rule.isAnswered
    var provider: Provider?
    if isAnswered || charged > 0, case .monitor(let asked) = endpoint.kind { provider = asked }
    organization.tally.count(
      under: settings, answered: provider, charged: charged,
      refusal: isAnswered ? nil : refusalCode(rule, status))
    if !notes.isEmpty { organization.watch.ignored(repeating(at: now)) }
    if isAnswered {
      if organization.watch.isAlert { organization.watch.answered(subject) }
      // What a fault has spoilt must be asked again.
      if charged > 0, let work, reason.influences.allSatisfy({ !$0.hasPrefix(Fault.name) }) {
        organization.watch.paid(
          work.input.question.number, by: requestID, at: now, under: settings
        ) { repeating(at: now) }
      }
    } else if let status {
      var releases: UInt64?
      if case .slots = reason.facts { releases = organization.withState { $0.slots.releases } }
      organization.watch.refused(
        subject, status: status, retryAfter: retryAfter, releases: releases, at: now)
    }
  }

  private func refusalCode(_ rule: JournalReason.Rule, _ status: Int?) -> String {
    if case .clientGone = rule { return APIError.canceled.form(in: settings.contract).code }
    return refusalCode ?? status.map { "HTTP_\($0)" } ?? "NO_ANSWER"
  }
}

extension APIServices {
  /// Counts a refusal for want of a valid key.
  ///
  /// - Parameter key: The key that the request named, if it is known but revoked.
  func count(
    _ exchange: Exchange, _ id: Identifier, _ error: APIError, of key: APIKey?,
    in revision: ContractRevision, at now: Timestamp
  ) {
    let form = error.form(in: revision)
    let organization = key?.organization
    let settings = organization?.settings
    (organization?.tally ?? tally).count(
      under: settings, answered: nil, charged: 0, refusal: form.code)
    (organization?.watch ?? watch).refused(
      ClientWatch.Subject(
        exchange.request, id, exchange.responder,
        token: exchange.request.fields["Authorization"] ?? "", organization: organization?.name,
        settings: settings),
      status: form.status, retryAfter: nil, releases: nil, at: now)
  }
}
