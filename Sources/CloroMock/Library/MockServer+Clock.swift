import Simulation

extension MockServer {
  /// Advances the time at once (`POST /_mock/clock/advance`): fires the timers that fall due on the
  /// way, in order, and returns when all work that follows from them is done. Works in every clock
  /// mode.
  ///
  /// - Parameter seconds: 0 to 3,155,760,000 (a hundred years), to the nanosecond.
  /// - Returns: The timers that fired, in order; times to the millisecond.
  /// - Throws: ``ControlRefusal`` 400 for any other number of seconds.
  @discardableResult
  public func advance(seconds: Double) async throws(ControlRefusal) -> [MockClock.Fired] {
    let fired = try await performWaiting { control throws(ControlError) in
      try await control.clock.advance(ClockOperations.Advance(seconds: seconds))
    }
    return fired.map { fired in
      MockClock.Fired(
        at: Timestamp(milliseconds: fired.at.milliseconds), kind: fired.kind, id: fired.id)
    }
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
