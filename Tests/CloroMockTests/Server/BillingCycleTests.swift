import Simulation
import Testing

@testable import CloroMock

@Suite("Billing cycle")
struct BillingCycleTests {
  /// A creation, a moment, the next end of a cycle, and the last one.
  static let rows: [(start: String, now: String, end: String, last: String?)] = [
    ("2026-01-15T08:30:00.250Z", "2026-01-15T08:30:00.250Z", "2026-02-15T08:30:00.250Z", nil),
    ("2026-01-15T08:30:00.250Z", "2026-02-15T08:30:00.249Z", "2026-02-15T08:30:00.250Z", nil),
    (
      "2026-01-15T08:30:00.250Z", "2026-02-15T08:30:00.250Z", "2026-03-15T08:30:00.250Z",
      "2026-02-15T08:30:00.250Z"
    ),
    // The last day of shorter months, and the day itself again after them.
    ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z", nil),
    (
      "2026-01-31T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z",
      "2026-02-28T00:00:00Z"
    ),
    (
      "2026-01-31T00:00:00Z", "2026-04-30T00:00:00Z", "2026-05-31T00:00:00Z",
      "2026-04-30T00:00:00Z"
    ),
    (
      "2027-12-30T23:59:59Z", "2028-01-30T23:59:59Z", "2028-02-29T23:59:59Z", "2028-01-30T23:59:59Z"
    ),
    (
      "2028-02-29T12:00:00Z", "2029-02-28T11:00:00Z", "2029-02-28T12:00:00Z", "2029-01-29T12:00:00Z"
    ),
    ("2026-12-31T06:00:00Z", "2026-12-31T07:00:00Z", "2027-01-31T06:00:00Z", nil),
    (
      "2026-06-15T00:00:00Z", "2031-06-14T00:00:00Z", "2031-06-15T00:00:00Z", "2031-05-15T00:00:00Z"
    ),
    // A clock that was set back.
    ("2026-06-15T00:00:00Z", "2020-01-01T00:00:00Z", "2026-07-15T00:00:00Z", nil),
  ]

  @Test(
    "A cycle ends each month on the day of the creation, or on the month's last", arguments: rows)
  func ends(start: String, now: String, end: String, last: String?) throws {
    let (start, now) = (
      try #require(Timestamp(text: start)), try #require(Timestamp(text: now))
    )
    #expect(BillingCycle.end(after: now, startingAt: start) == Timestamp(text: end))
    #expect(
      BillingCycle.lastEnd(upTo: now, startingAt: start) == last.flatMap { Timestamp(text: $0) })
  }

  @Test("Each end is the last one until the next")
  func sequence() throws {
    let start = try #require(Timestamp(text: "2024-01-31T10:00:00Z"))
    var (now, days) = (start, [] as [Substring])
    for _ in 0..<12 {
      let end = BillingCycle.end(after: now, startingAt: start)
      let before = end.advanced(by: -1)
      #expect(end > now && BillingCycle.lastEnd(upTo: end, startingAt: start) == end)
      #expect(BillingCycle.end(after: before, startingAt: start) == end)
      now = end
      days.append(end.text.dropFirst(8).prefix(2))
    }
    #expect(days == ["29", "31", "30", "31", "30", "31", "31", "30", "31", "30", "31", "31"])
  }

  @Test("At the end of representable time a cycle ends there")
  func last() {
    let last = Timestamp(nanoseconds: .max)
    #expect(BillingCycle.end(after: last, startingAt: .make()) == last)
    #expect(BillingCycle.end(after: last, startingAt: last) == last)
  }
}
