import Testing

@testable import Simulation

@Suite("Activity")
struct ActivityTests {
  @Test("Nothing running is settled at once, again and again")
  func idle() async {
    let activity = Activity()
    await activity.settled(all: true)
    activity.end(activity.begin())
    await activity.settled(all: true)
  }

  @Test("All who wait go on when the last of the work ends", .timeLimit(.minutes(1)))
  func last() async {
    let activity = Activity()
    let log = FiringLog()
    let (first, second) = (activity.begin(), activity.begin())
    await withTaskGroup { group in
      for _ in 0..<3 {
        group.addTask {
          await activity.settled(all: true)
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
    "Where work never ceases, only what has begun before is waited for", .timeLimit(.minutes(1)))
  func ceaseless() async {
    let activity = Activity()
    let log = FiringLog()
    let old = activity.begin()
    await withTaskGroup { group in
      group.addTask {
        await activity.settled(all: false)
        log.note("settled", Timestamp(nanoseconds: 0))
      }
      while activity.waiting == 0 { await Task.yield() }
      _ = activity.begin()
      activity.end(old)
    }
    #expect(log.ids == ["settled"])
  }
}
