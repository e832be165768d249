import CloroContract
import JSON
import Simulation

/// Answers the endpoints about the service and the account.
struct AccountEndpoints: Sendable {
  private let services: APIServices
  /// Made when they are first asked for, because that takes a twentieth of a start.
  private static let countryLists = CountryLists()

  init(_ services: APIServices) { self.services = services }

  /// Answers `GET /v1/countries`.
  func countries(_ call: Call) {
    let contract = call.settings.contract
    let model = QueryString(call.request.query)["model"]
    if let issue = FieldIssue.model(model, in: contract) {
      return call.refuse(.validationFailed([issue]))
    }
    let excluded = call.settings.plan.excludedCountries
    guard excluded.isEmpty else {
      // A plan that leaves out countries is there to be tested, so no recording answers.
      let codes = Country.listed(for: model, in: contract) ?? []
      return call.respond(CountryLists.text(codes.filter { !excluded.contains($0) }))
    }
    respond(call, Self.countryLists.text(for: model, in: contract) ?? [])
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
    respond(call, JSON.array(rows).encoded)
  }

  /// Answers as was recorded, or as the real service does where its answers are recorded, or else
  /// with a list of the double's own.
  private func respond(_ call: Call, _ own: [UInt8]) {
    let path = RecordedCalls.path(call.path, query: call.request.query ?? "")
    if let recorded = services.replay?.answer(path) { return respond(call, recorded) }
    guard let recorder = services.recorder, recorder.isOn else { return call.respond(own) }
    call.waitsForOthers()
    let isAsked = recorder.answer(path, secrets: Self.secrets(of: call)) { outcome in
      call.responder.execute {
        if case .result(let recorded) = outcome { return respond(call, recorded) }
        services.strikes.send(outcome, call)
      }
    }
    if !isAsked { call.respond(own) }
  }

  private func respond(_ call: Call, _ recorded: RecordedAnswer) {
    call.influences.append("\(recorded.name) (recorded)")
    call.respond(recorded.text)
  }

  /// What of a request must not be recorded.
  private static func secrets(of call: Call) -> [String] {
    Secrets.credentials(in: call.request.fields.all, withIdentifiers: false)
  }

  /// Answers `GET /v1/credits`. The free plan has no subscription and therefore no billing cycle.
  ///
  /// That is the ledger's to say, also where answers are recorded: there the service is asked once
  /// for the form of its own report.
  func credits(_ call: Call) {
    let organization = call.organization
    let hasCycle = call.settings.plan.name != "free"
    let end = BillingCycle.end(after: services.clock.now, startingAt: organization.createdAt)
    let body: JSON = [
      "remaining": .integer(organization.account.balance),
      "perCycle": hasCycle ? .integer(call.settings.plan.credits) : .null,
      "cycleResetsAt": hasCycle ? .string(end.text) : .null,
    ]
    _ = services.recorder?.answer(
      RecordedCalls.credits, secrets: Self.secrets(of: call)
    ) { _ in }
    call.respond(body.encoded)
  }
}
