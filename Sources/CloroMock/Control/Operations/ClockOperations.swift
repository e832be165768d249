import JSON
import Simulation

/// The double's clock.
struct ClockOperations: Sendable {
  let clock: MockClock
  /// Stores where the clock stands; nil without a database.
  var keeper: StateKeeper?

  /// A change of the clock; a nil property changes nothing.
  struct Change: Sendable {
    var mode: ClockMode?
    /// To the millisecond.
    var now: Timestamp?

    static let members: [ObjectMember<Change>] = [
      .value(
        "mode", \.mode, expected: "real, manual or xN", from: { $0.string.flatMap(ClockMode.init) },
        json: { .string($0.description) }, where: { ClockMode($0.description) != nil }),
      .value(
        "now", \.now, expected: Timestamp.expected,
        from: { $0.string.flatMap(Timestamp.init(text:)) }, json: { .string($0.text) }),
    ]
  }

  /// How far to move the clock, and how long to wait for what follows.
  struct Advance: Sendable {
    var seconds: Double?
    /// The longest wait in all, in milliseconds of real time; nil means 10,000.
    var timeoutMs: Int?
    /// Which work is waited for; nil means all.
    var wait: Wait?
    /// The key whose organization's work alone is waited for. Not a member: `?key=` says it.
    var key: APIKey?

    static let members: [ObjectMember<Advance>] = [
      .value(
        "seconds", \.seconds, expected: "a number from 0 to 3155760000", from: { $0.number },
        json: { .decimal($0) }, where: { 0...3_155_760_000 ~= $0 }),
      .integer("timeoutMs", \.timeoutMs, in: 0...600_000),
      .choice("wait", \.wait),
    ]
  }

  /// Which work an advance waits for.
  enum Wait: String, CaseIterable, Sendable {
    /// All that is under way.
    case all
    /// What the advance itself sets off: only work that begins after it has.
    case fired
  }

  /// Changes the clock's mode, moves it forward, or both.
  func set(_ change: Change) async throws(ControlError) {
    try ControlError.check { Change.members.check(change, at: $0, into: Change()) }
    do throws(MockClock.Refusal) {
      try await clock.set(
        mode: change.mode, now: change.now.map { Timestamp(milliseconds: $0.milliseconds) })
    } catch {
      switch error {
      case .backward(let now):
        throw .invalid("now: time only goes forward; it is \(now.text)")
      }
    }
    // Whoever sets it again sets it to the same.
    if let error = await keeper?.flush() {
      throw .failed("The clock has moved, but the ledger refused to note it: \(error).")
    }
  }

  /// Advances the time at once.
  ///
  /// Time doesn't go back, and whoever repeated an advance would move it twice. So an advance that
  /// the ledger refuses to note succeeds all the same, and is noted with the next commit.
  ///
  /// - Returns: The timers that fired, in order, and the work that was waited for in vain.
  func advance(_ advance: Advance) async throws(ControlError) -> MockClock.Advanced {
    try ControlError.check { Advance.members.check(advance, at: $0, into: Advance()) }
    let advanced = await clock.advance(
      nanoseconds: Int64(((advance.seconds ?? 0) * 1e9).rounded()),
      MockClock.Patience(
        milliseconds: Int64(advance.timeoutMs ?? 10_000), owner: advance.key?.organization.name,
        isForOwnOnly: advance.wait == .fired))
    _ = await keeper?.flush()
    return advanced
  }
}
