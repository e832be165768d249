import Ledger
import Simulation

/// How many recorded answers an organization has had to each question, and what a database keeps of
/// that.
struct KeptTurns: Sendable {
  private var turns: Replay.Turns
  /// nil without a database.
  private var stored: Stored?

  private struct Stored: Sendable {
    let keeper: StateKeeper
    let account: Account
    let mark: ChangeMark
    /// Whether memory has what the file has.
    var isRead: Bool
    /// The questions that are to be written.
    var changed: Set<RecordingKey> = []
    /// Those of the last call of ``takeChanges()``.
    var taken: Set<RecordingKey> = []
  }

  init(_ turns: Replay.Turns = Replay.Turns()) { self.turns = turns }

  /// Has the turns kept in a database.
  ///
  /// - Parameter areThere: Whether the database has all of them; otherwise it has none.
  mutating func keep(
    with keeper: StateKeeper, of account: Account, _ mark: ChangeMark, areThere: Bool
  ) {
    stored = Stored(keeper: keeper, account: account, mark: mark, isRead: !areThere)
    if !areThere { stored?.changed = Set(turns.all.map(\.key)) }
  }

  /// The turns of all questions.
  mutating func all() -> Replay.Turns {
    if let stored, !stored.isRead {
      turns = stored.keeper.turns(stored.account)
      self.stored?.isRead = true
    }
    return turns
  }

  /// Does something that may give a question its next turn.
  mutating func change<Result>(
    _ key: RecordingKey, _ body: (inout Replay.Turns) -> Result
  ) -> Result {
    let before = all().count(of: key)
    let result = body(&turns)
    if stored != nil, turns.count(of: key) != before {
      stored!.changed.insert(key)
      stored!.mark.set()
    }
    return result
  }

  /// The questions that have changed since the last call.
  mutating func takeChanges() -> [StoredText] {
    guard let changed = stored?.changed, !changed.isEmpty else { return [] }
    stored!.taken = changed
    stored!.changed = []
    return changed.map { key in
      var id = StableHash()
      id.combine(Replay.Turns.stored(key, count: 0).encoded)
      return StoredText(
        id: String(id.value, radix: 16),
        body: Replay.Turns.stored(key, count: turns.count(of: key)).encoded)
    }
  }

  /// What the last call of ``takeChanges()`` has returned couldn't be written.
  mutating func putBack() {
    guard let taken = stored?.taken, !taken.isEmpty else { return }
    stored!.changed.formUnion(taken)
    stored!.mark.set()
  }
}
