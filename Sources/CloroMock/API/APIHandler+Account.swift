import CloroContract
import JSON

extension APIHandler {
  /// Answers `GET /v1/countries`.
  func countries(_ call: Call) {
    let contract = call.settings.contract
    if let issue = FieldIssue.model(QueryString(call.request.query)["model"], in: contract) {
      return refuse(.validationFailed([issue]), call)
    }
    let excluded = call.settings.plan.excludedCountries
    respond(.array(Country.codes.filter { !excluded.contains($0) }.map(JSON.string)), call)
  }

  /// Answers `GET /v1/states`.
  func states(_ call: Call) {
    let country = QueryString(call.request.query)["country"]
    if let issue = FieldIssue.stateCountry(country, in: call.settings.contract) {
      return refuse(.validationFailed([issue]), call)
    }
    guard country == "US" else { return respond(JSON.array([]), call) }
    respond(
      .array(USState.all.map { ["code": .string($0.code), "name": .string($0.name)] }), call)
  }

  /// Answers `GET /v1/credits`. The free plan has no subscription, so it has no cycle.
  func credits(_ call: Call) {
    let organization = call.organization
    let hasCycle = call.settings.plan.name != "free"
    let end = BillingCycle.end(after: clock.now, startingAt: organization.createdAt)
    respond(
      [
        "remaining": .integer(organization.account.balance),
        "perCycle": hasCycle ? .integer(call.settings.plan.credits) : .null,
        "cycleResetsAt": hasCycle ? .string(end.text) : .null,
      ], call)
  }
}
