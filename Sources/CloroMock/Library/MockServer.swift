import CloroContract
import HTTPServer
import JSON
import Ledger
import Logging
import Platform
import Simulation
import TLS

/// cloro's API on this machine: a double with real limits and a real ledger.
///
/// ```swift
/// let mock = try MockServer()
/// let url = try mock.start()
/// // … point the client at `url`, e.g. http://127.0.0.1:49152, with `mock.key` …
/// await mock.stop()
/// ```
///
/// ``withMock(_:isolation:_:)`` does the same around a closure. What the control API does at
/// `/_mock/*`, the methods do in process and under the same names, and whatever it refuses they
/// throw as a ``ControlRefusal``. All may be called from any task, before ``start()`` too.
public final class MockServer: Sendable {
  /// The double's clock.
  public let clock: MockClock
  /// The text of the fixtures' first key, or of the built-in key.
  public let key: String
  let operations: ControlOperations
  /// The contract revision where no organization decides it, such as in answers to unknown keys.
  public let contract: ContractRevision
  let configuration: MockConfiguration
  let ledger: Ledger
  let organizations: OrganizationDirectory
  let journal: Journal
  private let webhooks: WebhookDispatcher
  private let recorder: Recorder?
  /// Keeps in the database what the ledger doesn't; nil without one.
  private let keeper: StateKeeper?
  private let chargeLog: ChargeLog
  /// Where calls wait that nothing may block, and where the double ends.
  private let background = SerialQueue()
  private let http: HTTPServer
  private let address: BoundAddress
  private let tls: TLSContext

  /// Opens the ledger and creates the fixtures' organizations and keys.
  ///
  /// - Throws: ``MockStartError`` when the plan is unknown, or the ledger or the admin token can't
  ///   be used.
  public init(_ configuration: MockConfiguration = MockConfiguration()) throws(MockStartError) {
    let configuration = configuration.completed
    self.configuration = configuration
    let plans = configuration.plans
    let plan = configuration.plan ?? plans.fixtureNames.last ?? PlanCatalogue.defaultPlan
    guard plans.plans[plan] != nil else {
      throw .unknownPlan(plan, known: plans.names)
    }
    guard configuration.adminToken.map(AdminToken.isUsable) ?? true else {
      throw .unusableAdminToken
    }
    let problems = JSONProblems()
    guard configuration.weather?.check(at: ObjectPlace(path: "weather", problems: problems)) ?? true
    else { throw .unusableWeather(problems.list.map(\.description).joined(separator: "\n")) }
    let replay = try Self.replay(configuration)
    let recorder = try Self.recorder(configuration)
    self.recorder = recorder
    let needsStubs = configuration.strict || replay?.failsOnMiss == true
    let clock: MockClock
    do throws(LedgerError) {
      ledger = try Ledger(configuration.database.map(Ledger.Location.init(path:)) ?? .memory)
      clock = try Self.clock(configuration, ledger)
    } catch {
      throw .ledger(error)
    }
    self.clock = clock
    let library = ResultLibrary()
    let rules = RuleSet(logger: configuration.logger, isStored: ledger.keepsDocuments)
    let pages = ResultPages(library: library)
    let chargeLog = ChargeLog(logger: configuration.logger)
    let (tally, arrivals) = (TallyBook(), Arrivals())
    self.chargeLog = chargeLog
    let file = TaskFile(ledger, reading: background)
    let webhooks = WebhookDispatcher(
      clock: clock, file: file, renderer: TaskRenderer(library: library), rules: rules,
      connections: configuration.limits.outgoing, kept: configuration.kept.deliveries)
    self.webhooks = webhooks
    let tasks: TaskEngine
    let isNew: Bool
    let beginning: TaskFile.Beginning
    do throws(LedgerError) {
      tasks = TaskEngine(
        ledger: ledger, file: file, clock: clock, rules: rules, library: library, pages: pages,
        chargeLog: chargeLog, webhooks: webhooks,
        finished: FinishedTasks(most: configuration.kept.finishedTasks),
        needsStubs: needsStubs, replay: replay, recorder: recorder)
      isNew = try ledger.inventory().lastOrganization == 0
      beginning = try file.beginning()
      keeper =
        ledger.keepsDocuments
        ? try StateKeeper(
          ledger, clock: clock, shared: rules, file: file, logger: configuration.logger) : nil
      let cycles = BillingCycles(ledger: ledger, clock: clock, log: chargeLog)
      organizations = try OrganizationDirectory(
        ledger: ledger, clock: clock, catalogue: plans,
        events: OrganizationEvents(
          read: tasks.count, loaded: cycles.resume, created: cycles.start, changed: tasks.pump,
          retired: { organization in
            cycles.stop(organization)
            tasks.retire(organization)
            organization.tally.retire(to: tally, peak: organization.peak)
            organization.retire()
          }),
        defaults: OrganizationSettings.Defaults(
          plan: plan, contract: configuration.contract, latency: configuration.latency,
          weather: configuration.weather, seed: configuration.seed,
          unknownMembers: configuration.strict ? .refuse : .ignore),
        mostKeys: configuration.kept.keys, keeper: keeper, logger: configuration.logger)
    } catch {
      throw .ledger(error)
    }
    // There is always a key: the built-in one when the fixtures give none.
    key = organizations.loadedKeys[0].key.key
    address = BoundAddress(host: configuration.host)
    journal = Journal(
      limits: configuration.journal, background: background,
      log: Self.requestLog(configuration))
    let revision = configuration.contract ?? plans.plans[plan]?.contract ?? .july2026
    contract = revision
    tls = TLSContext(configuration.certificates, host: configuration.host)
    recorder?.writer.keepOut { [weak organizations] in
      organizations?.all.compactMap(\.settings.plan.webhooks.secret) ?? []
    }
    let parts = SharedParts(
      clock: clock, background: background, ledger: ledger, rules: rules, library: library,
      pages: pages, chargeLog: chargeLog, journal: journal,
      underWay: RequestsUnderWay(
        limit: Int64(configuration.holdLimit.wholeMilliseconds), background: background),
      webhooks: webhooks, tasks: tasks, organizations: organizations,
      address: address, tls: tls, revision: revision, kept: configuration.kept, tally: tally,
      watch: ClientWatch(tally),
      needsStubs: needsStubs, replay: replay, recorder: recorder,
      allowsOverrides: configuration.allowOverrides,
      budget: configuration.budget, arrivals: arrivals)
    operations = ControlOperations(parts)
    let control = ControlAPI(
      operations, token: configuration.adminToken, host: configuration.host, waiting: background,
      others: AgentEndpoint(operations, queue: background).routes + AgentPages.routes)
    http = Self.server(configuration, parts, control, tls)
    arrivals.handOver { [weak http] in await http?.processArrivals() }
    clock.beforeMoving { [weak http, weak organizations] in
      await http?.processArrivals()
      // Their billing cycles may end on the way.
      organizations?.readWhatCanBe()
    }
    // The charges of a moment are decided together, so that it doesn't depend on the threads which
    // of them the balance still covers.
    clock.aroundMoments { [ledger] fire in ledger.together(fire) }
    do throws(LedgerError) {
      // Before tasks whose ends are due add further reports.
      try webhooks.resume(find: organizations.organization)
      try tasks.resume(beginning, find: organizations.organization)
      try BillingCycles.ended(in: ledger, at: clock.now) { (number) throws(LedgerError) in
        try organizations.goOn(number)
      }
    } catch {
      throw .ledger(error)
    }
    if let snapshot = configuration.snapshot { try start(from: snapshot, isNew: isNew) }
  }

  /// The clock, which goes on where that of the database stood, if that was another time or mode
  /// than the real one.
  private static func clock(
    _ configuration: MockConfiguration, _ ledger: Ledger
  ) throws(LedgerError) -> MockClock {
    if let standing = try StateKeeper.clock(in: ledger) {
      return MockClock(resuming: standing, mode: configuration.clock)
    }
    return MockClock(
      mode: configuration.clock ?? .real, startingAt: configuration.snapshot?.at)
  }

  /// Goes on where a snapshot was taken.
  ///
  /// - Parameter isNew: Whether the ledger has had no organization before.
  private func start(from snapshot: SnapshotDocument, isNew: Bool) throws(MockStartError) {
    guard isNew else {
      return logger.warning(
        "the database has organizations already, so the snapshot isn't loaded",
        metadata: ["database": "\(configuration.database ?? "")"])
    }
    do throws(SnapshotDocument.Invalid) {
      if case .failure(let error) = try operations.state.start(from: snapshot) {
        throw SnapshotDocument.Invalid(problems: [JSONProblem(path: "", message: error.message)])
      }
    } catch {
      throw .snapshot(error.problems)
    }
  }

  /// Logs requests, if the logger accepts lines of that level.
  private static func requestLog(
    _ configuration: MockConfiguration
  ) -> (@Sendable (JournalEntry) -> Void)? {
    let (logger, level) = (configuration.logger, configuration.requestLogLevel)
    guard logger.logLevel <= level else { return nil }
    return { entry in
      let line = RequestLine(entry: entry)
      logger.log(
        level: level, "\(line.text)", metadata: line.metadata, source: RequestLine.source)
    }
  }

  private static func server(
    _ configuration: MockConfiguration, _ parts: SharedParts, _ control: ControlAPI,
    _ tls: TLSContext
  ) -> HTTPServer {
    let (clock, journal, tally) = (parts.clock, parts.journal, parts.tally)
    var settings = HTTPServer.Configuration()
    settings.host = configuration.host
    settings.port = configuration.port
    settings.tls = tls
    settings.tlsPort = configuration.tlsPort
    settings.loops = configuration.eventLoops
    settings.eventLoop = configuration.eventLoop
    settings.limits = configuration.limits
    settings.secondsSinceEpoch = { clock.now.seconds }
    settings.renderError = { error in
      let response = ControlError.malformed(error).response
      journal.note(malformed: error, response, at: clock.now)
      tally.count(
        under: nil, answered: nil, charged: 0, refusal: ControlError.malformed(error).code)
      return response
    }
    settings.takesConnect = configuration.proxy != .off
    settings.opensTunnels = configuration.proxy == .tunnel
    let services = APIServices(parts)
    let proxy = configuration.proxy.rules(
      token: configuration.adminToken, host: configuration.host, address: parts.address
    ).map { ProxyHandler($0, clock: clock, journal: journal) }
    return HTTPServer(configuration: settings) { executor in
      LoopHandler(api: APIHandler(services, on: executor), control: control, proxy: proxy)
    }
  }

  /// Binds, and starts to answer requests.
  ///
  /// - Returns: The double's address, e.g. `http://127.0.0.1:8080`.
  /// - Throws: ``MockStartError/address(host:port:reason:)``; ``MockStartError/tls(_:)``; or
  ///   ``MockStartError/system(_:)`` when there are too few threads or descriptors: all that are
  ///   ever needed are made here.
  @discardableResult
  public func start() throws(MockStartError) -> String {
    // Certificates that were asked for are looked at now, whoever needs them and when.
    if configuration.certificates != .authority { try prepareTLS() }
    try startThreads()
    do throws(HTTPServer.StartError) {
      address.port = try http.start()
      address.tlsPort = http.tlsPort
      organizations.readAll(on: background)
      if !isLoopback, configuration.adminToken == nil {
        logger.warning(
          "whoever reaches this address may use the control API: set an admin token",
          metadata: ["address": "\(url)"])
      }
      return url
    } catch {
      if case .system(let error) = error, error.isShortage { throw .system(error) }
      var port = configuration.port
      let reason: String
      switch error {
      case .alreadyStarted: reason = "the double was started before"
      case .system(let error): reason = error.reason
      case .tlsAddress(let error):
        reason = error.reason
        port = configuration.tlsPort ?? 0
      case .tls(let error): throw .tls(error)
      }
      throw .address(host: configuration.host, port: port, reason: reason)
    }
  }

  private func prepareTLS() throws(MockStartError) {
    do throws(TLSError) {
      try tls.prepare()
    } catch {
      throw .tls(error)
    }
  }

  /// Starts the threads of all parts, so that none has to be made while the double runs.
  private func startThreads() throws(MockStartError) {
    do throws(SystemError) {
      try clock.start()
      try ledger.start()
      try operations.start()
      try background.start()
      try webhooks.start()
      try recorder?.start()
    } catch {
      throw .system(error)
    }
  }

  private var isLoopback: Bool {
    let host = configuration.host
    return host.hasPrefix("127.") || host == "::1" || host == "localhost"
  }

  /// The double's address; with port 0 before ``start()``.
  public var url: String { address.url }

  /// The port that was bound; 0 before ``start()``.
  public var boundPort: Int { address.port }

  /// The double's address of https; nil without ``MockConfiguration/tlsPort``, before ``start()``
  /// and after the stop.
  public var secureURL: String? { boundTLSPort.map(address.secureURL) }

  /// The port of https that was bound, as long as the double runs.
  public var boundTLSPort: Int? { http.tlsPort }

  /// The certificate of the double's authority in PEM form, which clients of https are given to
  /// trust. The authority is made now if it was not needed before.
  ///
  /// - Throws: ``MockStartError/tls(_:)``, also when the certificates are files' and there is no
  ///   authority.
  public func authorityCertificate() throws(MockStartError) -> String {
    do throws(TLSError) {
      return String(decoding: try tls.authorityCertificate(), as: UTF8.self)
    } catch {
      throw .tls(error)
    }
  }

  /// The double's logger.
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

  /// Stops accepting, lets running requests finish, and closes the ledger.
  ///
  /// It returns within that time in any case: requests that wait on a clock that stands still lose
  /// their connections, webhooks are dropped, and calls that wait, such as ``advance(seconds:)``,
  /// return. May be called again, even while it is running.
  ///
  /// - Parameter seconds: How long running requests may take, in real seconds. The default is 5.
  public func stop(within seconds: Double = 5) async {
    journal.endWaits()
    await http.stop(within: seconds)
    recorder?.stop()
    webhooks.close()
    // What is asked for after the stop, such as the keys, is in memory then.
    organizations.readWhatCanBe()
    if let error = await keeper?.flush(), error != .closed { chargeLog.refused(error) }
    ledger.close()
    // Said once: here only if no charge has found out before.
    if let loss = ledger.loss { chargeLog.refused(loss) }
  }

  /// Stops, and blocks the caller until that is done. For a process that has no other work.
  ///
  /// - Parameter seconds: How long running requests may take. The default is 5.
  package func stopAndWait(within seconds: Double = 5) {
    background.runAndWait { await self.stop(within: seconds) }
  }

  /// Why what was charged is not in the ledger's file, because somebody has taken it away; nil when
  /// it is there. It is known at the latest when the double has stopped.
  public var ledgerLoss: LedgerError? { ledger.loss }
}
