import Simulation
import Testing

@testable import CloroMock

@Suite("Billing cycle")
struct BillingCycleTests {
  static let day: Int64 = 86_400_000

  @Test(
    "A cycle ends every 30 days from the organization's creation",
    arguments: [
      (0, 30), (1, 30), (30 * day - 1, 30), (30 * day, 60), (30 * day + 1, 60), (3650 * day, 3660),
      (-5 * day, 30),
    ] as [(Int64, Int64)])
  func end(passed: Int64, days: Int64) {
    #expect(
      BillingCycle.end(after: .make(milliseconds: passed), startingAt: .make())
        == .make(milliseconds: days * Self.day))
  }

  @Test("At the end of representable time a cycle ends there")
  func last() {
    let last = Timestamp(nanoseconds: .max)
    #expect(BillingCycle.end(after: last, startingAt: .make()) == last)
    #expect(BillingCycle.end(after: last, startingAt: last) == last)
  }
}
