import JSON
import Ledger
import Logging
import Simulation
import Synchronization

/// Keeps in the database what belongs to neither the ledger nor a single task: rules with their
/// counts, the numbers of requests from which identifiers follow, and the clock. There is one only
/// where the ledger is a file.
///
/// What a control call changes is stored before the call is answered. What changes with requests is
/// written along with the commit of whatever they charge or submit, and when the double stops.
final class StateKeeper: DocumentSource {
  private struct State: Sendable {
    /// The marks that are set.
    var changed: [ChangeMark] = []
    /// Those of the last call of ``changedDocuments()``.
    var taken: [ChangeMark] = []
    /// Where the clock stood when that was last written.
    var clock: MockClock.Standing?
    /// The numbers that were last written.
    var numbers = TaskFile.LastNumbers()
  }

  private let ledger: Ledger
  private let clock: MockClock
  /// The rules that apply to all organizations.
  private let shared: RuleSet
  private let file: TaskFile
  private let logger: Logger
  private let state: Mutex<State>

  /// - Parameters:
  ///   - ledger: A file's.
  ///   - shared: The rules that apply to all organizations; takes over those that are stored.
  ///   - file: Knows the number of the last task.
  init(
    _ ledger: Ledger, clock: MockClock, shared: RuleSet, file: TaskFile, logger: Logger
  ) throws(LedgerError) {
    (self.ledger, self.clock, self.shared, self.logger) = (ledger, clock, shared, logger)
    self.file = file
    state = Mutex(State())
    let rules = try ledger.documents(of: 0, kind: DocumentKind.rules.rawValue)
    if !rules.isEmpty {
      note(unread: shared.load(rules.map { StoredText(id: $0.id, body: $0.body) }, of: nil))
    }
    try ledger.accompany(with: self)
  }

  // MARK: Reading

  /// Where the clock of a ledger's file stood; nil when it has only shown real time.
  static func clock(in ledger: Ledger) throws(LedgerError) -> MockClock.Standing? {
    guard let body = try ledger.document(of: 0, kind: DocumentKind.clock.rawValue),
      let json = try? JSON(parsing: body),
      var reader = ObjectReader(json, problems: JSONProblems())
    else { return nil }
    return MockClock.Standing.read(&reader)
  }

  /// How many keys were minted.
  func minted() throws(LedgerError) -> UInt64 {
    let body = try ledger.document(of: 0, kind: DocumentKind.minted.rawValue)
    let count = body.flatMap { try? JSON(parsing: $0) }?.integer ?? 0
    return UInt64(max(0, count))
  }

  /// The rules of all organizations that have some stored, by the organizations' numbers.
  func rules() throws(LedgerError) -> [Int64: [StoredText]] {
    var rules: [Int64: [StoredText]] = [:]
    try ledger.documents(kind: DocumentKind.rules.rawValue, from: 1) { document in
      rules[document.organization, default: []].append(
        StoredText(id: document.id, body: document.body))
    }
    return rules
  }

  /// How many requests a key has made; nil when none is known. Reads a few pages of the file, so
  /// that it may be called on a loop, once for each key.
  func requests(of key: String, _ organization: Organization) -> UInt64? {
    let body = try? ledger.document(
      of: organization.account.id, kind: DocumentKind.requests.rawValue, id: key)
    return body.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
  }

  /// How often a question was asked; nil when it wasn't. Reads a few pages of the file.
  func asked(_ question: UInt64, _ account: Account) -> UInt64? {
    let body = try? ledger.document(
      of: account.id, kind: DocumentKind.asked.rawValue, id: AskedQuestions.textID(question))
    return body.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
  }

  /// All questions that were asked, with their counts.
  func asked(_ account: Account) -> [(question: UInt64, count: UInt64)] {
    let documents = try? ledger.documents(of: account.id, kind: DocumentKind.asked.rawValue)
    return (documents ?? []).compactMap { document in
      guard let question = UInt64(document.id, radix: 16),
        let count = UInt64(String(decoding: document.body, as: UTF8.self))
      else { return nil }
      return (question, count)
    }
  }

  /// How many recorded answers an organization has had to each question.
  func turns(_ account: Account) -> Replay.Turns {
    let documents = try? ledger.documents(of: account.id, kind: DocumentKind.turns.rawValue)
    return Replay.Turns(
      (documents ?? []).compactMap { document in
        JSON.read(document: document.body) { Replay.Turns.read(&$0) }
      })
  }

  /// What an organization's requests had taken when that was last written; nil when nothing was.
  func tallies(_ account: Account) -> Tallies? {
    guard
      let body = try? ledger.document(of: account.id, kind: DocumentKind.tally.rawValue),
      let json = try? JSON(parsing: body),
      var reader = ObjectReader(json, problems: JSONProblems())
    else { return nil }
    return Tallies.read(&reader)
  }

  /// Says which documents can't be used.
  func note(unread ids: [String], of organization: String = "") {
    guard !ids.isEmpty else { return }
    logger.warning(
      "rules of the database can't be read, and are left out",
      metadata: ["rules": "\(ids.joined(separator: ", "))", "organization": "\(organization)"])
  }

  // MARK: Writing

  /// Stores texts now.
  ///
  /// - Parameter organization: Whose; nil for those of the double.
  func store(
    _ texts: [StoredText], _ kind: DocumentKind, of organization: Organization?
  ) throws(OrganizationDirectory.Refusal) {
    do throws(LedgerError) {
      try ledger.transaction { (changes) throws(LedgerError) in
        try changes.write(texts.map { Ledger.Document(of: organization, kind, $0) })
      }
    } catch {
      throw .ledger(error)
    }
  }

  /// The documents that put other rules in the place of those that apply to all.
  func documents(replacingShared lists: RuleSet.Lists) -> [Ledger.Document] {
    // In this order, for a rule may have the place of another one.
    (shared.lists.removals + lists.texts).map { Ledger.Document(of: nil, .rules, $0) }
  }

  /// Stores all that has changed.
  ///
  /// - Returns: Why it couldn't be stored; nil when it is.
  func flush() async -> LedgerError? {
    await withCheckedContinuation { continuation in
      ledger.write([]) { continuation.resume(returning: $0) }
    }
  }

  func note(_ mark: ChangeMark) { state.withLock { $0.changed.append(mark) } }

  func changedDocuments() -> [Ledger.Document] {
    let standing = clock.standing
    // The tasks and deliveries that are written with them have drawn their numbers before.
    let numbers = file.lastNumbers
    let (marks, hasMoved, written) = state.withLock { state in
      defer { (state.clock, state.numbers) = (standing, numbers) }
      state.taken = state.changed
      state.changed = []
      return (state.taken, state.clock != standing, state.numbers)
    }
    var documents = shared.takeChanges().map { Ledger.Document(of: nil, .rules, $0) }
    for mark in marks {
      mark.clear()
      if let organization = mark.organization { documents += organization.takeChanges() }
    }
    if hasMoved, let standing { documents.append(Ledger.Document(.clock, standing.stored)) }
    return documents + numbers.documents(besides: written)
  }

  func notWritten(_ documents: [Ledger.Document]) {
    let marks = state.withLock { state in
      (state.clock, state.numbers) = (nil, TaskFile.LastNumbers())
      return state.taken
    }
    shared.putBack()
    for mark in marks { mark.organization?.putBack() }
  }
}

extension MockClock.Standing {
  fileprivate var stored: JSON {
    ["mode": .string(mode.description), "time": JSON(time), "wall": .integer(wall)]
  }

  fileprivate static func read(_ reader: inout ObjectReader) -> MockClock.Standing? {
    let mode = reader.member("mode", expected: "real, manual or xN") { json in
      json.string.flatMap { ClockMode($0) }
    }
    guard let mode, let time = reader.moment("time"), let wall = reader.integer("wall") else {
      return nil
    }
    return MockClock.Standing(mode: mode, time: time, wall: wall)
  }
}
