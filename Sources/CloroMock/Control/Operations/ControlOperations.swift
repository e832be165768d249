import Platform

/// Everything that a test can do with a double: each operation once, as a typed function. Both
/// `/_mock` and the library use these operations. A route reads their input from JSON and writes
/// their output as JSON; the library calls them directly.
struct ControlOperations: Sendable {
  let keys: KeyOperations
  let state: StateOperations
  let ledger: LedgerOperations
  let clock: ClockOperations
  let requests: RequestOperations
  let tasks: TaskOperations
  let webhooks: WebhookOperations
  let rules: RuleOperations
  let journal: JournalOperations
  let overview: OverviewOperations
  let description: DescriptionOperations
  let results: ResultOperations
  let selfCheck: SelfCheckOperations
  let verify: VerifyOperations
  let report: ReportOperations
  let forecast: ForecastOperations
  let waits: AwaitOperations
  let recordings: RecordingOperations
  private let queue = SerialQueue()

  init(_ parts: SharedParts) {
    let journal = JournalOperations(parts)
    self.journal = journal
    let keys = KeyOperations(organizations: parts.organizations)
    self.keys = keys
    let requests = RequestOperations(underWay: parts.underWay)
    self.requests = requests
    state = StateOperations(parts, journal: journal, requests: requests)
    ledger = LedgerOperations(ledger: parts.ledger, organizations: parts.organizations)
    clock = ClockOperations(clock: parts.clock, keeper: parts.organizations.keeper)
    let tasks = TaskOperations(engine: parts.tasks, organizations: parts.organizations)
    self.tasks = tasks
    let webhooks = WebhookOperations(
      dispatcher: parts.webhooks, organizations: parts.organizations)
    self.webhooks = webhooks
    let rules = RuleOperations(
      shared: parts.rules, organizations: parts.organizations, most: parts.kept.rules,
      keeper: parts.organizations.keeper)
    self.rules = rules
    verify = VerifyOperations(journal: journal, arrivals: parts.arrivals)
    report = ReportOperations(parts, rules: rules)
    forecast = ForecastOperations(parts)
    waits = AwaitOperations(
      tasks: tasks, webhooks: webhooks, keys: keys, background: parts.background)
    recordings = RecordingOperations(recorder: parts.recorder)
    overview = OverviewOperations(parts)
    description = DescriptionOperations(
      revision: parts.revision, address: parts.address, tls: parts.tls)
    results = ResultOperations(pages: parts.pages, clock: parts.clock)
    selfCheck = SelfCheckOperations(organizations: parts.organizations)
  }

  /// Starts the thread on which operations are performed.
  func start() throws(SystemError) { try queue.start() }

  /// The answer to both the health and the readiness check. A double that answers has already
  /// loaded its fixtures and opened its ledger.
  static let health = "ok"

  /// Performs an operation after all earlier ones, and not on the caller's thread, because it may
  /// wait for the ledger. Operations that wait for the clock or for requests are not performed this
  /// way.
  ///
  /// - Parameter done: Called with the result.
  func inTurn<Value: Sendable>(
    _ body: @escaping @Sendable () throws(ControlError) -> Value,
    done: @escaping @Sendable (Result<Value, ControlError>) -> Void
  ) {
    queue.async { done(Result { () throws(ControlError) in try body() }) }
  }

  /// Lets go of what an operation has left to be released. To be called once its answer is out.
  func answered() { tasks.engine.releaseRetired() }
}
