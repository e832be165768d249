import JSON
import Simulation

extension MockServer {
  /// Lets time pass at once (`POST /_mock/clock/advance`): fires everything that falls due on the
  /// way, in order, and returns when all that follows from it is done. Works in every clock mode.
  ///
  /// - Parameter seconds: 0 to 3,155,760,000 (a hundred years), to the nanosecond.
  /// - Returns: What fired, in order; times to the millisecond.
  /// - Throws: ``ControlRefusal`` 400 for any other number of seconds.
  @discardableResult
  public func advance(seconds: Double) async throws(ControlRefusal) -> [MockClock.Fired] {
    try await perform(.post, "clock", "advance", body: ["seconds": .decimal(seconds)])
      .parsed().list("fired") { (reply) throws(ControlRefusal) in
        MockClock.Fired(
          at: try reply.time("at"),
          kind: try reply.read("kind") { $0.string.flatMap(MockClock.Kind.init) },
          id: try reply.string("id"))
      }
  }

  /// Changes the clock's mode, moves it forward, or both (`PUT /_mock/clock`). What waits is kept,
  /// and what falls due on the way fires.
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
    var body = JSONObject()
    body.append("mode", ifGiven: .text(mode?.description))
    body.append("now", ifGiven: .text(time?.text))
    _ = try await perform(.put, "clock", body: .object(body))
  }
}

extension MockClock {
  /// Simulated seconds for each real one: 1 in real mode, 0 in manual mode.
  public var factor: Double { mode.factor }
}
