import Testing

@testable import CloroMock

@Suite("Activity")
struct ActivityTests {
  @Test("Nothing running is settled at once, again and again")
  func idle() async {
    let activity = Activity()
    await activity.settled()
    activity.begin()
    activity.end()
    await activity.settled()
  }

  @Test("All who wait go on when the last of the work ends", .timeLimit(.minutes(1)))
  func last() async {
    let activity = Activity()
    let log = FiringLog()
    activity.begin()
    activity.begin()
    await withTaskGroup { group in
      for _ in 0..<3 {
        group.addTask {
          await activity.settled()
          log.note("settled", Timestamp(nanoseconds: 0))
        }
      }
      activity.end()
      log.note("last", Timestamp(nanoseconds: 0))
      activity.end()
    }
    #expect(log.ids == ["last", "settled", "settled", "settled"])
  }
}
