import DequeModule
import Ledger

/// How often an organization has asked its questions, for answers that differ each time and for the
/// weather.
struct AskedQuestions: Sendable {
  /// The most questions that are remembered; the oldest are forgotten first, and then count anew.
  static let most = 16_384

  private var counts: [UInt64: UInt64] = [:]
  private var order: Deque<UInt64> = []
  /// What a database keeps of them; nil without one.
  private var stored: Stored?

  /// The questions that a database keeps.
  private struct Stored: Sendable {
    let keeper: StateKeeper
    let account: Account
    let mark: ChangeMark
    /// Whether all are in memory that the file has.
    var areRead = false
    /// Those that are to be written.
    var changed: Set<UInt64> = []
    /// Those of the last call of ``takeChanges()``.
    var taken: Set<UInt64> = []
  }

  init() {}

  /// Questions as they were counted before, the oldest first.
  init(_ counted: [(question: UInt64, count: UInt64)]) {
    for (question, count) in counted where counts.updateValue(count, forKey: question) == nil {
      order.append(question)
    }
  }

  /// The questions with how often each was asked, the oldest first.
  var all: [(question: UInt64, count: UInt64)] {
    order.compactMap { question in counts[question].map { (question, $0) } }
  }

  /// Counts a question.
  ///
  /// - Parameter question: A hash of all that makes it another question.
  /// - Returns: How often it had been asked before.
  mutating func count(_ question: UInt64) -> UInt64 {
    read(question)
    note(question)
    if let before = counts[question] {
      counts[question] = before + 1
      return before
    }
    counts[question] = 1
    order.append(question)
    if order.count > Self.most {
      let oldest = order.removeFirst()
      counts[oldest] = nil
      note(oldest)
    }
    return 0
  }
}

// MARK: What a database keeps

extension AskedQuestions {
  /// Has the questions kept in a database.
  ///
  /// - Parameter areThere: Whether the database has all but these; otherwise it has none.
  mutating func keep(
    with keeper: StateKeeper, of account: Account, _ mark: ChangeMark, areThere: Bool
  ) {
    stored = Stored(keeper: keeper, account: account, mark: mark, areRead: !areThere)
    if !areThere { stored?.changed = Set(counts.keys) }
  }

  /// The same counts, kept nowhere.
  var apart: AskedQuestions { AskedQuestions(all) }

  /// Asks the database for a question that isn't in memory.
  private mutating func read(_ question: UInt64) {
    guard let stored, !stored.areRead, counts[question] == nil,
      !stored.changed.contains(question),
      let count = stored.keeper.asked(question, stored.account)
    else { return }
    counts[question] = count
    order.append(question)
  }

  /// Asks the database for all that aren't in memory.
  mutating func readAll() {
    guard let stored, !stored.areRead else { return }
    for (question, count) in stored.keeper.asked(stored.account)
    where counts[question] == nil && !stored.changed.contains(question) {
      counts[question] = count
      order.append(question)
    }
    self.stored?.areRead = true
  }

  /// Notes that a question is to be written.
  private mutating func note(_ question: UInt64) {
    guard stored != nil else { return }
    stored!.changed.insert(question)
    stored!.mark.set()
  }

  /// The questions that have changed since the last call; those that were forgotten are removed.
  mutating func takeChanges() -> [StoredText] {
    guard let changed = stored?.changed, !changed.isEmpty else { return [] }
    stored!.taken = changed
    stored!.changed = []
    return changed.map { question in
      StoredText(
        id: Self.textID(question), body: counts[question].map { Array(String($0).utf8) })
    }
  }

  /// What the last call of ``takeChanges()`` has returned couldn't be written.
  mutating func putBack() {
    guard let taken = stored?.taken, !taken.isEmpty else { return }
    stored!.changed.formUnion(taken)
    stored!.mark.set()
  }

  static func textID(_ question: UInt64) -> String { String(question, radix: 16) }
}
