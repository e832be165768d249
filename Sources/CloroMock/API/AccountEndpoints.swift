import CloroContract
import JSON
import Simulation

/// Answers the endpoints about the service and the account.
struct AccountEndpoints: Sendable {
  let clock: MockClock

  /// Answers `GET /v1/countries`.
  func countries(_ call: Call) {
    let contract = call.settings.contract
    let model = QueryString(call.request.query)["model"]
    if let issue = FieldIssue.model(model, in: contract) {
      return call.refuse(.validationFailed([issue]))
    }
    let excluded = call.settings.plan.excludedCountries
    let codes = (Country.listed(for: model, in: contract) ?? []).filter { !excluded.contains($0) }
    call.respond(JSON.array(codes.map(JSON.string)).encoded)
  }

  /// Answers `GET /v1/states`.
  func states(_ call: Call) {
    let country = QueryString(call.request.query)["country"]
    let contract = call.settings.contract
    if let issue = FieldIssue.stateCountry(country, in: contract) {
      return call.refuse(.validationFailed([issue]))
    }
    let states = USState.states(of: country ?? "", in: contract)
    let rows = states.map { ["code": .string($0.code), "name": .string($0.name)] as JSON }
    call.respond(JSON.array(rows).encoded)
  }

  /// Answers `GET /v1/credits`. The free plan has no subscription and therefore no billing cycle.
  func credits(_ call: Call) {
    let organization = call.organization
    let hasCycle = call.settings.plan.name != "free"
    let end = BillingCycle.end(after: clock.now, startingAt: organization.createdAt)
    let body: JSON = [
      "remaining": .integer(organization.account.balance),
      "perCycle": hasCycle ? .integer(call.settings.plan.credits) : .null,
      "cycleResetsAt": hasCycle ? .string(end.text) : .null,
    ]
    call.respond(body.encoded)
  }
}
