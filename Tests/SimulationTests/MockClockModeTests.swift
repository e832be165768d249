import Testing

@testable import Simulation

@Suite("Clock that runs by itself, or changes how it runs")
struct MockClockModeTests {
  let log = FiringLog()

  static let millisecond: Int64 = 1_000_000
  static let hour: Int64 = 3_600_000_000_000

  @Test("A real clock fires in order, none before its time", .timeLimit(.minutes(5)))
  func real() async {
    let clock = MockClock(mode: .real)
    await fireInOrder(clock, [(30, "c"), (10, "a"), (20, "b")].map { ($0 * Self.millisecond, $1) })
  }

  /// Sets timers, awaits them, and compares their order with that of their times.
  ///
  /// On a busy machine much time may pass between two calls, so that their order is known only when
  /// the latest time of one is before the earliest of the other.
  private func fireInOrder(_ clock: MockClock, _ timers: [(after: Int64, id: String)]) async {
    let due = timers.map { timer in
      let before = clock.now
      log.schedule(on: clock, after: timer.after, timer.id)
      let after = clock.now
      return (
        id: timer.id, earliest: before.advanced(by: timer.after),
        latest: after.advanced(by: timer.after)
      )
    }
    await log.reached(timers.count)
    let fired = Dictionary(uniqueKeysWithValues: zip(log.ids, zip(0..., log.times)))
    #expect(fired.count == timers.count)
    for one in due {
      guard let (place, time) = fired[one.id] else { continue }
      #expect(time >= one.earliest)
      for other in due where one.latest < other.earliest {
        #expect(place < fired[other.id]?.0 ?? -1)
      }
    }
  }

  @Test("A scaled clock runs that many times as fast", .timeLimit(.minutes(5)))
  func scaled() async {
    let clock = MockClock(mode: .scaled(100_000))
    await fireInOrder(clock, [(Self.hour, "b"), (Self.hour / 2, "a")])
  }

  @Test("An earlier timer that comes later fires first", .timeLimit(.minutes(5)))
  func rearmed() async {
    let clock = MockClock(mode: .real)
    let far = log.schedule(on: clock, after: Self.hour, "far")
    log.schedule(on: clock, after: 5 * Self.millisecond, "near")
    await log.reached(1)
    clock.cancel(far)
    #expect(log.ids == ["near"] && clock.pending == 0)
  }

  @Test("A cancelled first timer doesn't hold up the next", .timeLimit(.minutes(5)))
  func cancelledFirst() async {
    let clock = MockClock(mode: .real)
    // Long enough to be cancelled in time on a busy machine.
    clock.cancel(log.schedule(on: clock, after: 200 * Self.millisecond, "a"))
    log.schedule(on: clock, after: 220 * Self.millisecond, "b")
    await log.reached(1)
    #expect(log.ids == ["b"])
  }

  @Test("A real clock can be advanced: what falls due fires at once", .timeLimit(.minutes(5)))
  func advanceReal() async {
    let clock = MockClock(mode: .real)
    let start = clock.now
    log.schedule(on: clock, after: Self.hour, "a")
    log.schedule(on: clock, after: 3 * Self.hour, "b")
    let fired = await clock.advance(nanoseconds: 2 * Self.hour)
    #expect(fired.map(\.id) == ["a"] && clock.pending == 1)
    #expect(clock.now >= start.advanced(by: 2 * Self.hour))
    #expect(clock.now < start.advanced(by: 3 * Self.hour))
  }

  @Test(
    "Changing the mode loses no waiting timer and fires none early", .timeLimit(.minutes(5)),
    arguments: [ClockMode.real, .scaled(100_000), .manual],
    [ClockMode.real, .scaled(100_000), .manual])
  func switching(first: ClockMode, second: ClockMode) async throws {
    let clock = MockClock(mode: .manual)
    let start = clock.now
    let delays = [1, 2, 3, 4].map { Int64($0) * 30 * 24 * Self.hour }
    for (index, delay) in delays.enumerated() { log.schedule(on: clock, after: delay, "\(index)") }
    for mode in [first, second, .manual] {
      let before = clock.now
      try await clock.set(mode: mode)
      #expect(clock.mode == mode && clock.now >= before)
    }
    #expect(log.ids == [] && clock.pending == 4)
    let fired = await clock.advance(nanoseconds: 4 * 30 * 24 * Self.hour)
    #expect(fired.map(\.id) == ["0", "1", "2", "3"])
    #expect(fired.map(\.at) == delays.map { start.advanced(by: $0) })
    #expect(zip(log.times, fired).allSatisfy { $0 >= $1.at })
  }

  @Test("A timer of the manual clock fires when the clock starts to run", .timeLimit(.minutes(5)))
  func manualToScaled() async throws {
    let clock = MockClock(mode: .manual)
    log.schedule(on: clock, after: Self.hour, "a")
    let due = clock.now.advanced(by: Self.hour)
    try await clock.set(mode: .scaled(100_000))
    await log.reached(1)
    #expect(log.times[0] >= due)
  }

  @Test("Setting the time fires what falls due on the way")
  func setForward() async throws {
    let clock = MockClock(mode: .manual)
    let target = clock.now.advanced(by: 5 * Self.hour)
    log.schedule(on: clock, after: Self.hour, "a")
    log.schedule(on: clock, after: 6 * Self.hour, "b")
    try await clock.set(now: target)
    #expect(log.ids == ["a"] && clock.now == target)
    try await clock.set(now: target)
    #expect(clock.now == target)
  }

  @Test("Time doesn't go back, and a refusal changes nothing and blocks nobody")
  func backward() async {
    let clock = MockClock(mode: .manual)
    let now = clock.now
    await #expect {
      try await clock.set(mode: .real, now: Timestamp(nanoseconds: now.nanoseconds - 1))
    } throws: { error in
      guard case .backward(let shown) = error as? MockClock.Refusal else { return false }
      return shown == now
    }
    #expect(clock.mode == .manual && clock.now == now)
    _ = await clock.advance(nanoseconds: 1)
    #expect(clock.now == now.advanced(by: 1))
  }
}
