import Simulation
import Testing

@Suite("Clocks that go on where an earlier one stood", .timeLimit(.minutes(5)))
struct ResumedClockTests {
  private let start = Timestamp(milliseconds: 4_000_000_000_000)
  private static let minute: Int64 = 60_000_000_000

  @Test("A clock that has shown nothing but real time stands nowhere")
  func real() async throws {
    let clock = MockClock(mode: .real)
    _ = clock.now
    clock.schedule(after: 0, kind: .latency, id: "a") {}
    #expect(clock.standing == nil)
    _ = await clock.advance(nanoseconds: 1)
    #expect(clock.standing != nil)
    #expect(MockClock(mode: .manual).standing != nil)
  }

  @Test("Manual time stands still meanwhile, whatever the real time")
  func manual() async throws {
    let clock = MockClock(mode: .manual, startingAt: start)
    _ = await clock.advance(nanoseconds: 12_345)
    let standing = try #require(clock.standing)
    #expect(standing == clock.standing && standing.time == start.advanced(by: 12_345))
    let past = MockClock.Standing(mode: .manual, time: standing.time, wall: 0)
    for each in [standing, past] {
      let resumed = MockClock(resuming: each)
      #expect(resumed.mode == .manual && resumed.now == clock.now)
      #expect(resumed.standing?.time == clock.now)
    }
  }

  @Test("Time that runs by itself goes on by its factor", arguments: [1.0, 10, 0.5])
  func running(factor: Double) throws {
    let mode: ClockMode = factor == 1 ? .real : .scaled(factor)
    let wall = try #require(MockClock(mode: .manual).standing).wall
    let before = MockClock.Standing(mode: mode, time: start, wall: wall - 10 * Self.minute)
    let passed = MockClock(resuming: before).now.nanoseconds - start.nanoseconds
    let least = Int64(factor * 10 * Double(Self.minute))
    #expect(passed >= least && passed < least + 10 * Self.minute)
    // A real clock that was set back doesn't take this one along.
    let future = MockClock.Standing(mode: mode, time: start, wall: wall + 60 * Self.minute)
    #expect(MockClock(resuming: future).now >= start)
  }

  @Test("The mode may be another one from then on")
  func otherMode() {
    let standing = MockClock.Standing(mode: .scaled(10), time: start, wall: .max)
    let clock = MockClock(resuming: standing, mode: .manual)
    #expect(clock.mode == .manual && clock.now == start)
  }
}
