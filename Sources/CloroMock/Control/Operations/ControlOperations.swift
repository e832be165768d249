import Dispatch

/// What a test may do with a double: each operation once, as a typed function. The routes below
/// `/_mock` and the library are two faces of the same operations: a route reads JSON into their input
/// and writes their output, the library calls them.
struct ControlOperations: Sendable {
  let keys: KeyOperations
  let state: StateOperations
  let ledger: LedgerOperations
  let clock: ClockOperations
  let tasks: TaskOperations
  let webhooks: WebhookOperations
  let rules: RuleOperations
  let journal: JournalOperations
  let overview: OverviewOperations
  let description: DescriptionOperations
  let results: ResultOperations
  private let queue = DispatchQueue(label: "cloro-mock.control")

  init(_ parts: SharedParts) {
    let journal = JournalOperations(parts)
    self.journal = journal
    keys = KeyOperations(organizations: parts.organizations)
    state = StateOperations(parts, journal: journal)
    ledger = LedgerOperations(ledger: parts.ledger, organizations: parts.organizations)
    clock = ClockOperations(clock: parts.clock)
    tasks = TaskOperations(engine: parts.tasks, organizations: parts.organizations)
    webhooks = WebhookOperations(dispatcher: parts.webhooks)
    rules = RuleOperations(shared: parts.rules, organizations: parts.organizations)
    overview = OverviewOperations(parts)
    description = DescriptionOperations(revision: parts.revision, address: parts.address)
    results = ResultOperations(pages: parts.pages, clock: parts.clock)
  }

  /// Whether the double answers, and whether it is ready. One that answers has loaded its fixtures and
  /// opened its ledger before.
  static let health = "ok"

  /// Performs operations after those that came before, and not on the caller's thread: they may wait
  /// for the ledger. Those that wait for the clock or for requests don't take turns.
  ///
  /// - Parameter done: Takes up how it went.
  func inTurn<Value: Sendable>(
    _ body: @escaping @Sendable () throws(ControlError) -> Value,
    done: @escaping @Sendable (Result<Value, ControlError>) -> Void
  ) {
    queue.async { done(Result { () throws(ControlError) in try body() }) }
  }
}
