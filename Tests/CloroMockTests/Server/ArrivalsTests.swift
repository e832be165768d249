import Synchronization
import Testing

@testable import CloroMock

@Suite("What has arrived is processed")
struct ArrivalsTests {
  @Test("The hundred-thousandth time takes no longer than the first", .timeLimit(.minutes(1)))
  func often() async {
    let arrivals = Arrivals()
    let count = Atomic(0)
    await arrivals.process()
    arrivals.handOver { count.add(1, ordering: .relaxed) }
    // If each made the next one a little longer, all of them would take hours.
    for _ in 0..<100_000 { await arrivals.process() }
    #expect(count.load(ordering: .relaxed) == 100_000)
  }
}
