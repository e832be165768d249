import Simulation

extension MockServer {
  /// Advances the time at once (`POST /_mock/clock/advance`): fires the timers that fall due on the
  /// way, in order, and returns when all work that follows from them is done. Works in every clock
  /// mode.
  ///
  /// It waits for ten seconds of real time at most, and goes the rest of the way without waiting;
  /// ``advance(seconds:waiting:timeout:key:)`` says what it has waited for in vain.
  ///
  /// - Parameter seconds: 0 to 3,155,760,000 (a hundred years), to the nanosecond.
  /// - Returns: The timers that fired, in order; times to the millisecond.
  /// - Throws: ``ControlRefusal`` 400 for any other number of seconds.
  @discardableResult
  public func advance(seconds: Double) async throws(ControlRefusal) -> [MockClock.Fired] {
    try await advance(ClockOperations.Advance(seconds: seconds)).fired
  }

  /// Which work an advance waits for.
  public enum AdvanceWait: String, Sendable, CaseIterable {
    /// All that is under way.
    case all
    /// What the advance itself sets off: only work that begins after it has.
    case fired
  }

  /// Advances the time at once, and waits no longer than it may, so that a webhook's receiver that
  /// doesn't answer another test stops nobody's clock.
  ///
  /// - Parameters:
  ///   - seconds: 0 to 3,155,760,000 (a hundred years), to the nanosecond.
  ///   - waiting: Which work is waited for.
  ///   - timeout: How long in all, 0 to 600 seconds of real time; the rest of the way is then gone
  ///     without waiting. The default is 10 seconds.
  ///   - key: Only work of this key's organization is waited for; nil, the default, for all.
  /// - Returns: The timers that fired, in order, and the work that was waited for in vain.
  /// - Throws: ``ControlRefusal`` 400 for any other number of seconds or timeout, 404 when there is
  ///   no such key.
  public func advance(
    seconds: Double, waiting: AdvanceWait, timeout: Duration = .seconds(10), key: String? = nil
  ) async throws(ControlRefusal) -> MockClock.Advanced {
    try await advance(
      ClockOperations.Advance(
        seconds: seconds, timeoutMs: timeout.wholeMilliseconds,
        wait: waiting == .all ? .all : .fired),
      key: key)
  }

  private func advance(
    _ advance: ClockOperations.Advance, key: String? = nil
  ) async throws(ControlRefusal) -> MockClock.Advanced {
    let advanced = try await performWaiting { control throws(ControlError) in
      var advance = advance
      advance.key = try control.keys.narrowed(to: key)
      return try await control.clock.advance(advance)
    }
    return MockClock.Advanced(
      fired: advanced.fired.map { fired in
        MockClock.Fired(
          at: Timestamp(milliseconds: fired.at.milliseconds), kind: fired.kind, id: fired.id)
      }, unfinished: advanced.unfinished)
  }

  /// Changes the clock's mode, moves it forward, or both (`PUT /_mock/clock`). Waiting timers are
  /// kept, and those that fall due on the way fire.
  ///
  /// Read it with ``clock``: `now`, `mode` and `factor` are the control API's `GET /_mock/clock`.
  ///
  /// - Parameters:
  ///   - mode: nil keeps it.
  ///   - time: The new time, to the millisecond; nil keeps it.
  /// - Throws: ``ControlRefusal`` 400 when the time lies before the clock's.
  public func setClock(
    mode: ClockMode? = nil, now time: Timestamp? = nil
  ) async throws(ControlRefusal) {
    try await performWaiting { control throws(ControlError) in
      try await control.clock.set(ClockOperations.Change(mode: mode, now: time))
    }
  }
}

extension MockClock {
  /// Simulated seconds for each real one: 1 in real mode, 0 in manual mode.
  public var factor: Double { mode.factor }
}
