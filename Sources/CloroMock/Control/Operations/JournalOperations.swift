import JSON
import Platform

/// The recorded requests.
struct JournalOperations: Sendable {
  private let journal: Journal
  private let organizations: OrganizationDirectory
  /// The rules that apply to all organizations.
  private let rules: RuleSet
  /// Renders entries.
  let renderer: JournalRenderer

  init(_ parts: SharedParts) {
    journal = parts.journal
    organizations = parts.organizations
    rules = parts.rules
    renderer = JournalRenderer(library: parts.library)
  }

  /// Which entries to read. A nil property accepts every entry.
  struct Selection: Sendable {
    /// Selects the entries of this key's organization.
    var key: APIKey?
    var path: String?
    var status: Int?
    var requestID: String?
    /// A trace by its 32 digits, or the whole value of the header.
    var traceparent: String?
    /// The number of the last entry already seen. nil means the newest entries for a page, and new
    /// entries only for a feed.
    var since: Int?

    fileprivate var filter: JournalFilter {
      var filter = JournalFilter()
      filter.organization = key?.organization.name
      (filter.path, filter.status, filter.requestID) = (path, status, requestID)
      filter.traceparent = traceparent
      return filter
    }
  }

  /// Consecutive entries of the journal.
  ///
  /// - Parameter limit: The most entries; nil for no limit.
  /// - Returns: The entries, and how many earlier ones were dropped.
  func page(
    _ selection: Selection, limit: Int? = nil
  ) throws(ControlError) -> Journal.Page {
    try Self.check(selection, limit)
    let page = journal.page(
      selection.filter, since: selection.since.map { Int64($0) }, limit: limit ?? .max)
    guard let organization = selection.key?.organization else { return page }
    return Journal.Page(
      rows: page.rows, dropped: organization.journalDropped.load(ordering: .relaxed),
      droppedRefusals: organization.journalDroppedRefusals.load(ordering: .relaxed))
  }

  private static func check(_ selection: Selection, _ limit: Int?) throws(ControlError) {
    try ControlError.requireWhole("status", selection.status)
    try ControlError.requireWhole("since", selection.since)
    try ControlError.requireWhole("limit", limit)
  }

  /// Removes the entries that ``page(_:limit:)`` returns. Without any condition but a key it resets
  /// the count of dropped ones too.
  func clear(_ selection: Selection, limit: Int? = nil) throws(ControlError) {
    try Self.check(selection, limit)
    let filter = selection.filter
    journal.clear(filter, since: selection.since.map { Int64($0) }, limit: limit ?? .max)
    var keyAlone = JournalFilter()
    keyAlone.organization = filter.organization
    guard filter == keyAlone, selection.since == nil, limit == nil else { return }
    for organization in selection.key.map({ [$0.organization] }) ?? organizations.all {
      organization.journalDropped.store(0, ordering: .relaxed)
      organization.journalDroppedRefusals.store(0, ordering: .relaxed)
    }
  }

  // MARK: Entries as they come

  /// Where streams of events are made.
  var background: SerialQueue { journal.background }

  /// The number of the last entry; 0 before the first.
  var last: Int64 { journal.last }

  /// Throws when the journal is off.
  func requireEntries() throws(ControlError) {
    guard journal.isOn else { throw .conflict("The journal is off.") }
  }

  /// New entries as they are recorded, with the number of entries that were dropped before they
  /// could be read.
  ///
  /// - Parameter told: Called after each entry, from any thread. The default does nothing.
  func feed(
    _ selection: Selection, told: @escaping @Sendable () -> Void = {}
  ) -> JournalFeed {
    JournalFeed(
      journal, selection.filter, after: selection.since.map { Int64($0) } ?? journal.last,
      told: told)
  }

  // MARK: For verification

  /// All entries.
  var everything: Journal.Page { journal.page() }

  /// How many entries were dropped among which a condition may have accepted some, and how many of
  /// these were refusals.
  ///
  /// - Parameter page: The journal at the moment.
  func dropped(of filter: JournalFilter, _ page: Journal.Page) -> (all: Int64, refusals: Int64) {
    guard let organization = filter.key.flatMap({ organizations.key($0) })?.organization else {
      return (page.dropped, page.droppedRefusals)
    }
    return (
      organization.journalDropped.load(ordering: .relaxed),
      organization.journalDroppedRefusals.load(ordering: .relaxed)
    )
  }

  /// Throws when a condition names a key that there isn't.
  func requireKey(of filter: JournalFilter) throws(ControlError) {
    if let key = filter.key, organizations.key(key) == nil {
      throw .notFound("There is no such key.")
    }
  }

  /// Waits for any entry after a number.
  ///
  /// - Returns: Whether one came in time.
  func waitForAny(after last: Int64, milliseconds: Int64) async -> Bool {
    await journal.wait(
      for: JournalFilter(), after: last, count: 1, milliseconds: milliseconds)
  }

  // MARK: Waiting

  /// What to wait for.
  struct Wait: Sendable {
    var match = JournalFilter()
    /// nil means 1.
    var count: Int?
    /// In milliseconds of real time; nil means 5,000.
    var timeoutMs: Int?

    static let members: [ObjectMember<Wait>] = [
      .integer("count", \.count, in: 1...1_000_000),
      .integer("timeoutMs", \.timeoutMs, in: 0...600_000),
    ]

    static let matchMembers: [ObjectMember<JournalFilter>] =
      [
        .text("key", \.key), .text("method", \.method), .text("path", \.path),
        .integer("status", \.status, in: 100...599), .text("reason", \.reason),
        .text("requestId", \.requestID), .text("taskId", \.taskID),
        .text("traceparent", \.traceparent), .text("label", \.label),
        .choice("provider", \.provider),
        PromptMatch.member("prompt", \JournalFilter.prompt),
      ] + RuleMatch.ofQuestions.map { $0.within(\JournalFilter.question) }

    fileprivate func check(at place: ObjectPlace) {
      Self.matchMembers.check(match, at: place.inner("match"), into: JournalFilter())
      Self.members.check(self, at: place, into: Wait())
    }
  }

  /// Waits until the journal holds that many entries of a kind, those included that are there
  /// already.
  ///
  /// - Returns: All such entries.
  func wait(_ wait: Wait) async throws(ControlError) -> [Journal.Row] {
    try ControlError.check { wait.check(at: $0) }
    let filter = wait.match
    try requireKey(of: filter)
    try requireEntries()
    let count = wait.count ?? 1
    let came = await journal.wait(
      for: filter, count: count, milliseconds: Int64(wait.timeoutMs ?? 5000))
    let rows = journal.page(filter).rows
    // The last one may have come at the very end of the time.
    guard came || rows.count >= count else { throw tooFew(rows.count, of: count, filter) }
    return rows
  }

  /// How many of the nearest misses are named.
  private static let namedMisses = 3

  private func tooFew(
    _ found: Int, of count: Int, _ filter: JournalFilter
  ) -> ControlError {
    .timeout(
      "\(found) of \(count) such requests came in time.",
      details: ["nearest": .array(nearest(filter, journal.page().rows))])
  }

  /// The entries that meet the most conditions without meeting all, the newest first among equals.
  func nearest(_ filter: JournalFilter, _ rows: [Journal.Row]) -> [JSON] {
    let missed = rows.reversed().compactMap { row in
      let misses = filter.misses(row.entry)
      return misses.isEmpty ? nil : (row, misses)
    }
    let nearest = missed.sorted { $0.1.count < $1.1.count }.prefix(Self.namedMisses)
    return nearest.map { row, misses -> JSON in
      var object: JSONObject = [
        "sequence": .integer(row.sequence), "requestId": JSON(row.entry.requestID?.text),
        "method": .string(row.entry.method),
        "path": .string(row.entry.path),
        "status": row.entry.status.map { JSON($0) } ?? .null,
        "misses": .array(misses.map(JSON.string)),
      ]
      let stubs = nearestStubs(to: row.entry)
      if !stubs.isEmpty { object.append("stubs", .array(stubs)) }
      return .object(object)
    }
  }

  /// The stubs that came nearest to answering the only question of a request that none answered,
  /// with the conditions that it doesn't meet.
  private func nearestStubs(to entry: JournalEntry) -> [JSON] {
    let questions = entry.questions
    guard let asked = questions.first, questions.count == 1,
      !entry.reason.influences.contains(where: { $0.hasPrefix("\(Stub.name)-") })
    else { return [] }
    let subject = entry.subject(of: asked)
    let sets = [entry.key?.organization.rules, rules].compactMap(\.self)
    var steps = 0
    let missed = sets.flatMap(\.lists.stubs.rules).compactMap { rule in
      guard steps <= RuleLimit.steps else { return nil as (id: String, misses: [String])? }
      let misses = rule.definition.match.misses(subject, steps: &steps)
      return misses.isEmpty ? nil : (rule.id, misses)
    }
    return missed.sorted { $0.misses.count < $1.misses.count }.prefix(Self.namedMisses).map {
      ["id": .string($0.id), "misses": .array($0.misses.map(JSON.string))]
    }
  }
}
