import Platform
import Testing

@testable import Simulation

@Suite("Activity")
struct ActivityTests {
  private let timers = SerialQueue()

  private func begin(_ activity: Activity, of owner: String? = nil) -> Activity.Token {
    activity.begin(MockClock.Work(kind: .completion, id: "t", owner: owner))
  }

  private func settled(
    _ activity: Activity, all: Bool, _ scope: Activity.Scope = .everything,
    within seconds: Int64 = 60
  ) async {
    await activity.settled(
      all: all, scope, by: System.monotonicNanoseconds() + seconds * 1_000_000_000, on: timers)
  }

  @Test("Nothing running is settled at once, again and again")
  func idle() async {
    let activity = Activity()
    await settled(activity, all: true)
    activity.end(begin(activity))
    await settled(activity, all: true)
  }

  @Test("All who wait go on when the last of the work ends", .timeLimit(.minutes(5)))
  func last() async {
    let activity = Activity()
    let log = FiringLog()
    let (first, second) = (begin(activity), begin(activity))
    await withTaskGroup { group in
      for _ in 0..<3 {
        group.addTask {
          await settled(activity, all: true)
          log.note("settled", Timestamp(nanoseconds: 0))
        }
      }
      activity.end(first)
      log.note("last", Timestamp(nanoseconds: 0))
      activity.end(second)
    }
    #expect(log.ids == ["last", "settled", "settled", "settled"])
  }

  @Test(
    "Where work never ceases, only what has begun before is waited for", .timeLimit(.minutes(5)))
  func ceaseless() async {
    let activity = Activity()
    let log = FiringLog()
    let old = begin(activity)
    await withTaskGroup { group in
      group.addTask {
        await settled(activity, all: false)
        log.note("settled", Timestamp(nanoseconds: 0))
      }
      while activity.waiting == 0 { await Task.yield() }
      _ = begin(activity)
      activity.end(old)
    }
    #expect(log.ids == ["settled"])
  }

  @Test("Work of another owner, or from before a mark, isn't waited for", .timeLimit(.minutes(5)))
  func scopes() async {
    let activity = Activity()
    _ = begin(activity, of: "other")
    await settled(activity, all: true, Activity.Scope(owner: "own"))
    await settled(activity, all: false, Activity.Scope(start: activity.mark))
    #expect(activity.isIdle(Activity.Scope(owner: "own")))
    _ = begin(activity, of: nil)
    #expect(!activity.isIdle(Activity.Scope(owner: "own")))
    #expect(activity.unfinished(in: Activity.Scope(owner: "third")).map(\.owner) == [nil])
  }

  @Test("A wait for work that never ends is over at its deadline", .timeLimit(.minutes(5)))
  func deadline() async {
    let activity = Activity()
    _ = begin(activity, of: "own")
    await settled(activity, all: true, within: 0)
    let soon = System.monotonicNanoseconds() + 20_000_000
    await activity.settled(all: true, by: soon, on: timers)
    #expect(System.monotonicNanoseconds() >= soon && activity.waiting == 0)
    #expect(activity.unfinished().map(\.owner) == ["own"])
  }
}
