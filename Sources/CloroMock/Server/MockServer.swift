import CloroContract
import HTTPServer
import JSON
import Ledger
import Logging

/// cloro's API on this machine: a double with real limits and a real ledger.
///
/// ```swift
/// let mock = try MockServer(MockConfiguration())
/// let url = try mock.start()   // http://127.0.0.1:49152
/// // … point the client at `url`, with `mock.keys[0].key` …
/// await mock.stop()
/// ```
public final class MockServer: Sendable {
  /// What an API key stands for.
  public struct Key: Sendable, Hashable {
    public let key: String
    public let organization: String
    public let plan: String
    /// The balance at the moment.
    public let credits: Int64
    public let concurrency: Int
  }

  /// The double's clock.
  public let clock: MockClock
  let configuration: MockConfiguration
  let ledger: Ledger
  let organizations: OrganizationDirectory
  let tasks: TaskEngine
  let journal: Journal
  private let http: HTTPServer
  private let address: BoundAddress

  /// Opens the ledger and creates what the fixtures give.
  ///
  /// - Throws: ``MockStartError`` when the plan is unknown or the ledger can't be used.
  public init(_ configuration: MockConfiguration) throws(MockStartError) {
    self.configuration = configuration
    let plans = configuration.plans
    let plan = configuration.plan ?? plans.fixtureNames.last ?? PlanCatalogue.defaultPlan
    guard plans.plans[plan] != nil else {
      throw .unknownPlan(plan, known: plans.names)
    }
    let clock = MockClock(mode: configuration.clock)
    self.clock = clock
    do throws(LedgerError) {
      ledger = try Ledger(configuration.database.map { .file($0) } ?? .memory)
      let tasks = TaskEngine(
        ledger: ledger, clock: clock, library: ResultLibrary(),
        webhooks: WebhookDispatcher(clock: clock), logger: configuration.logger)
      self.tasks = tasks
      let cycles = BillingCycles(ledger: ledger, clock: clock, logger: configuration.logger)
      organizations = try OrganizationDirectory(
        ledger: ledger, clock: clock, catalogue: plans,
        events: OrganizationEvents(
          created: cycles.start, changed: tasks.pump,
          retired: { organization in
            cycles.stop(organization)
            tasks.retire(organization)
          }),
        defaults: OrganizationSettings.Defaults(
          plan: plan, contract: configuration.contract, latency: configuration.latency,
          seed: configuration.seed))
    } catch {
      throw .ledger(error)
    }
    address = BoundAddress(host: configuration.host)
    journal = Journal(limits: configuration.journal)
    http = Self.server(
      configuration, organizations, tasks, journal, address,
      revision: configuration.contract ?? plans.plans[plan]?.contract ?? .july2026)
    clock.beforeMoving { [weak http] in await http?.catchUp() }
  }

  private static func server(
    _ configuration: MockConfiguration, _ organizations: OrganizationDirectory,
    _ tasks: TaskEngine, _ journal: Journal, _ address: BoundAddress, revision: ContractRevision
  ) -> HTTPServer {
    let clock = tasks.clock
    var settings = HTTPServer.Configuration()
    settings.host = configuration.host
    settings.port = configuration.port
    settings.loops = configuration.eventLoops
    settings.eventLoop = configuration.eventLoop
    settings.limits = configuration.limits
    settings.secondsSinceEpoch = { clock.now.seconds }
    settings.renderError = { error in
      let response = ControlError.malformed(error).response
      journal.note(malformed: error, response, at: clock.now)
      return response
    }
    let api = APIHandler(
      organizations: organizations, tasks: tasks, journal: journal, address: address,
      revision: revision, logger: configuration.logger)
    let control = ControlAPI(
      organizations: organizations, tasks: tasks, journal: journal, address: address,
      revision: revision, token: configuration.adminToken)
    return HTTPServer(configuration: settings) { request, responder in
      if request.path == "/_mock" || request.path.utf8.starts(with: "/_mock/".utf8) {
        control.handle(request, responder)
      } else {
        api.handle(request, responder)
      }
    }
  }

  /// Binds and accepts; from here on requests are answered.
  ///
  /// - Returns: The double's address, e.g. `http://127.0.0.1:8080`.
  /// - Throws: ``MockStartError/address(host:port:reason:)``.
  @discardableResult
  public func start() throws(MockStartError) -> String {
    do throws(HTTPServer.StartError) {
      address.port = try http.start()
      return url
    } catch {
      let reason =
        switch error {
        case .alreadyStarted: "the double was started before"
        case .system(let error): error.reason
        }
      throw .address(host: configuration.host, port: configuration.port, reason: reason)
    }
  }

  /// The double's address; with port 0 before ``start()``.
  public var url: String { address.url }

  /// The port that was bound; 0 before ``start()``.
  public var boundPort: Int { address.port }

  /// Where the double logs.
  public var logger: Logger { configuration.logger }

  /// Takes over changed plans: organizations follow their plans at once, and new keys are created.
  ///
  /// - Throws: ``MockStartError/ledger(_:)``; the old plans then stay.
  public func reload(_ plans: PlanCatalogue) throws(MockStartError) {
    do throws(LedgerError) {
      try organizations.reload(plans)
    } catch {
      throw .ledger(error)
    }
  }

  /// All keys in the order in which they came.
  public var keys: [Key] {
    organizations.keys.map { key in
      let settings = key.organization.settings
      return Key(
        key: key.text, organization: key.organization.name, plan: settings.plan.name,
        credits: key.organization.account.balance, concurrency: settings.plan.concurrency)
    }
  }

  /// Stops accepting, lets running requests finish, and closes the ledger.
  ///
  /// - Parameter seconds: How long running requests may take. The default is 5.
  public func stop(within seconds: Double = 5) async {
    await http.stop(within: seconds)
    tasks.webhooks.close()
    ledger.close()
  }
}
