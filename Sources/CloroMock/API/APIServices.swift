import CloroContract
import HTTPServer
import Ledger
import Simulation
import Synchronization

/// What the handlers of all event loops share.
final class APIServices: Sendable {
  let organizations: OrganizationDirectory
  let ledger: Ledger
  let clock: MockClock
  let library: ResultLibrary
  let pages: ResultPages
  let chargeLog: ChargeLog
  let tasks: TaskEngine
  let journal: Journal
  let underWay: RequestsUnderWay
  let tally: TallyBook
  let watch: ClientWatch
  let needsStubs: Bool
  let replay: Replay?
  let allowsOverrides: Bool
  let address: BoundAddress
  /// The revision in which requests without a valid key are answered.
  let revision: ContractRevision
  /// Applies faults and stubs to requests.
  let strikes: RuleStrikes
  private let unnumbered = Atomic<UInt64>(0)

  init(_ parts: SharedParts) {
    organizations = parts.organizations
    ledger = parts.ledger
    clock = parts.clock
    library = parts.library
    pages = parts.pages
    chargeLog = parts.chargeLog
    tasks = parts.tasks
    journal = parts.journal
    underWay = parts.underWay
    tally = parts.tally
    watch = parts.watch
    needsStubs = parts.needsStubs
    replay = parts.replay
    allowsOverrides = parts.allowsOverrides
    address = parts.address
    revision = parts.revision
    strikes = RuleStrikes(rules: parts.rules, clock: parts.clock)
  }

  /// An identifier for a request that no key gives one.
  func unownedRequestID() -> Identifier {
    let number = unnumbered.add(1, ordering: .relaxed).newValue
    return Identifier(SeededRandom.mix(organizations.defaults.seed &+ number))
  }

  /// The answer to a request without a valid key. Its headers report no key's rate, slots or
  /// credits.
  ///
  /// - Parameters:
  ///   - id: The request's identifier.
  ///   - retryAfter: Seconds for `Retry-After`, which only a fault sends.
  func anonymousRefusal(
    _ error: APIError, of id: Identifier, in revision: ContractRevision, retryAfter: Int64? = nil
  ) -> HTTPResponse {
    let form = error.form(in: revision)
    var fields = HTTPFields(
      unauthenticated: HeaderPolicy.policy(of: revision), requestID: id.text)
    if let retryAfter { fields.append("Retry-After", retryAfter) }
    return HTTPResponse(
      status: form.status, fields: fields, body: form.body(timestamp: clock.now.text))
  }
}
