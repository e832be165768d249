import Synchronization
import Testing

@testable import Simulation

@Suite("Manual clock")
struct MockClockTests {
  let clock = MockClock(mode: .manual)
  let log = FiringLog()

  /// A timer that is only known after the one that cancels it has been set.
  private final class Later: Sendable {
    let handle = Mutex<MockClock.TimerHandle?>(nil)
  }

  static let second: Int64 = 1_000_000_000

  @Test("A manual clock stands still")
  func still() {
    let first = clock.now
    #expect(clock.now == first && clock.mode == .manual)
  }

  @Test("Advancing fires what falls due, in order, at its own time")
  func order() async {
    let start = clock.now
    for (delay, id): (Int64, String) in [(3, "d"), (1, "a"), (2, "b"), (2, "c"), (9, "z")] {
      log.schedule(on: clock, after: delay * Self.second, id)
    }
    let fired = await clock.advance(nanoseconds: 3 * Self.second)
    #expect(fired.map(\.id) == ["a", "b", "c", "d"])
    #expect(fired.map(\.at) == [1, 2, 2, 3].map { start.advanced(by: $0 * Self.second) })
    #expect(fired.allSatisfy { $0.kind == .latency })
    #expect(log.ids == ["a", "b", "c", "d"] && log.times == fired.map(\.at))
    #expect(clock.now == start.advanced(by: 3 * Self.second) && clock.pending == 1)
  }

  @Test("What fires may set timers that are due on the way, earlier than others too")
  func nested() async {
    let (clock, log) = (clock, log)
    clock.schedule(after: Self.second, kind: .latency, id: "a") {
      log.note("a", clock.now)
      log.schedule(on: clock, after: 500, "a2")
      log.schedule(on: clock, after: 0, "a1")
      log.schedule(on: clock, after: 5 * Self.second, "later")
    }
    log.schedule(on: clock, after: 2 * Self.second, "b")
    let fired = await clock.advance(nanoseconds: 2 * Self.second)
    #expect(fired.map(\.id) == ["a", "a1", "a2", "b"])
    #expect(log.ids == ["a", "a1", "a2", "b"] && clock.pending == 1)
  }

  @Test("An advance waits for what the timers began, and fires what that sets")
  func settles() async {
    let (clock, log) = (clock, log)
    clock.schedule(after: Self.second, kind: .latency, id: "a") {
      let work = clock.activity.begin(
        MockClock.Work(kind: .latency, id: "a", owner: nil))
      Task {
        // Long enough for an advance that didn't wait to have returned.
        for _ in 0..<2000 { await Task.yield() }
        log.schedule(on: clock, after: Self.second, "b")
        log.note("work", clock.now)
        clock.activity.end(work)
      }
    }
    let patience = MockClock.Patience(milliseconds: 300_000)
    let fired = await clock.advance(nanoseconds: 10 * Self.second, patience).fired
    #expect(fired.map(\.id) == ["a", "b"])
    #expect(log.ids == ["work", "b"])
  }

  @Test("A cancelled timer doesn't fire, even when one of the same moment cancels it")
  func cancelled() async {
    let (clock, log) = (clock, log)
    let later = Later()
    clock.schedule(after: Self.second, kind: .latency, id: "a") { [weak clock] in
      if let handle = later.handle.withLock({ $0 }) { clock?.cancel(handle) }
    }
    let handle = log.schedule(on: clock, after: Self.second, "b")
    later.handle.withLock { $0 = handle }
    clock.cancel(log.schedule(on: clock, after: 10, "c"))
    let fired = await clock.advance(nanoseconds: Self.second)
    #expect(fired.map(\.id) == ["a"])
    #expect(log.ids == [] && clock.pending == 0)
  }

  @Test("Concurrent advances follow each other: none is lost")
  func concurrent() async {
    let start = clock.now
    for index in 1...20 { log.schedule(on: clock, after: Int64(index) * Self.second, "\(index)") }
    let (clock, count) = (clock, 20)
    let fired = await withTaskGroup(of: [MockClock.Fired].self) { group in
      for _ in 0..<count { group.addTask { await clock.advance(nanoseconds: Self.second) } }
      return await group.reduce(into: []) { $0.append($1.map(\.id)) }
    }
    #expect(fired.allSatisfy { $0.count == 1 })
    #expect(log.ids == (1...20).map(String.init))
    #expect(clock.now == start.advanced(by: 20 * Self.second))
  }

  @Test("A timer of no or negative duration waits for the next advance")
  func immediate() async {
    log.schedule(on: clock, after: 0, "a")
    log.schedule(on: clock, after: -Self.second, "b")
    #expect(log.ids == [])
    #expect(await clock.advance(nanoseconds: 0).map(\.id) == ["b", "a"])
    #expect(await clock.advance(nanoseconds: -5) == [])
  }

  @Test("Advancing beyond representable time stops at its end")
  func end() async {
    log.schedule(on: clock, after: .max, "a")
    let fired = await clock.advance(nanoseconds: .max)
    #expect(fired.map(\.id) == ["a"])
    #expect(clock.now == Timestamp(nanoseconds: .max))
  }

  @Test("10,000 timers fire in order in one advance")
  func many() async {
    var random = SeededRandom(seed: 3)
    for index in 0..<10_000 {
      log.schedule(on: clock, after: Int64.random(in: 0..<1000, using: &random), "\(index)")
    }
    let fired = await clock.advance(nanoseconds: 1000)
    #expect(fired.count == 10_000 && log.ids.count == 10_000)
    #expect(zip(fired, fired.dropFirst()).allSatisfy { $0.at <= $1.at })
  }

  @Test("The 20,000th advance takes no longer than the first ones")
  func worn() async {
    clock.beforeMoving {}
    clock.aroundMoments { $0() }
    func fastest() async -> ContinuousClock.Duration {
      var fastest = ContinuousClock.Duration.seconds(60)
      for _ in 0..<200 {
        log.schedule(on: clock, after: 1, "a")
        let start = ContinuousClock.now
        _ = await clock.advance(nanoseconds: 1)
        fastest = min(fastest, ContinuousClock.now - start)
      }
      return fastest
    }
    let first = await fastest()
    for _ in 0..<20_000 {
      log.schedule(on: clock, after: 1, "a")
      _ = await clock.advance(nanoseconds: 1)
    }
    let last = await fastest()
    #expect(last < first * 5, "\(first) at first, \(last) at last")
  }

  /// Work of an organization that never ends.
  private func endless(of owner: String) {
    _ = clock.activity.begin(MockClock.Work(kind: .delivery, id: "hangs", owner: owner))
  }

  @Test("An advance waits no longer than it may, goes all the way, and says what it waited for")
  func bounded() async {
    let (clock, log) = (clock, log)
    endless(of: "other")
    log.schedule(on: clock, after: Self.second, "a")
    log.schedule(on: clock, after: 2 * Self.second, "b")
    let start = clock.now
    let advanced = await clock.advance(
      nanoseconds: 3 * Self.second, MockClock.Patience(milliseconds: 20))
    #expect(advanced.fired.map(\.id) == ["a", "b"] && log.ids == ["a", "b"])
    #expect(clock.now == start.advanced(by: 3 * Self.second))
    #expect(
      advanced.unfinished == [MockClock.Work(kind: .delivery, id: "hangs", owner: "other")])
  }

  @Test("Another organization's work, or what began before, needn't be waited for")
  func narrow() async {
    let (clock, log) = (clock, log)
    endless(of: "other")
    log.schedule(on: clock, after: Self.second, "a")
    for patience in [
      MockClock.Patience(milliseconds: .max, owner: "own"),
      MockClock.Patience(milliseconds: .max, isForOwnOnly: true),
    ] {
      let advanced = await clock.advance(nanoseconds: Self.second, patience)
      #expect(advanced.unfinished.isEmpty)
    }
    #expect(log.ids == ["a"])
  }

  @Test("An advance that waits for others' work doesn't hold one up that doesn't")
  func overtaken() async {
    let (clock, log) = (clock, log)
    let start = clock.now
    let work = clock.activity.begin(MockClock.Work(kind: .delivery, id: "hangs", owner: "other"))
    log.schedule(on: clock, after: Self.second, "a")
    async let slow = clock.advance(
      nanoseconds: Self.second, MockClock.Patience(milliseconds: 300_000))
    while clock.activity.waiting == 0 { await Task.yield() }
    let quick = await clock.advance(
      nanoseconds: Self.second, MockClock.Patience(milliseconds: 300_000, owner: "own"))
    // Each advance goes its way, whoever fires what lies on it.
    #expect(quick.fired.map(\.id) == ["a"] && quick.unfinished.isEmpty)
    #expect(clock.now == start.advanced(by: 2 * Self.second))
    clock.activity.end(work)
    #expect(await slow.unfinished.isEmpty)
    #expect(clock.now == start.advanced(by: 2 * Self.second))
    #expect(log.ids == ["a"])
  }
}
