import JSON
import Simulation

/// The double's clock.
struct ClockOperations: Sendable {
  let clock: MockClock

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

  /// How far to move the clock.
  struct Advance: Sendable {
    var seconds: Double?

    static let members: [ObjectMember<Advance>] = [
      .value(
        "seconds", \.seconds, expected: "a number from 0 to 3155760000", from: { $0.number },
        json: { .decimal($0) }, where: { 0...3_155_760_000 ~= $0 })
    ]
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
  }

  /// Advances the time at once.
  ///
  /// - Returns: The timers that fired, in order.
  func advance(_ advance: Advance) async throws(ControlError) -> [MockClock.Fired] {
    try ControlError.check { Advance.members.check(advance, at: $0, into: Advance()) }
    return await clock.advance(nanoseconds: Int64(((advance.seconds ?? 0) * 1e9).rounded()))
  }
}
