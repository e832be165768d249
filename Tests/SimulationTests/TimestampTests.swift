import Testing

@testable import Simulation

@Suite("Timestamps")
struct TimestampTests {
  @Test(
    "A moment is written in UTC with three fractional digits",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_736_942_400_000, "2025-01-15T12:00:00.000Z"),
      (1_709_164_800_007, "2024-02-29T00:00:00.007Z"),
      (951_782_400_090, "2000-02-29T00:00:00.090Z"),
      (1_740_787_199_999, "2025-02-28T23:59:59.999Z"),
      (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (9_223_372_036_854, "2262-04-11T23:47:16.854Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (-1000, "1969-12-31T23:59:59.000Z"), (-4_827_988_799_510, "1817-01-03T12:00:00.490Z"),
    ] as [(Int64, String)])
  func text(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).text == text)
    #expect(Timestamp(text: text)?.milliseconds == milliseconds)
  }

  @Test("Parts of a millisecond are cut off, not rounded")
  func cut() {
    #expect(Timestamp(nanoseconds: 1_999_999_999).text == "1970-01-01T00:00:01.999Z")
  }

  @Test(
    "A fraction of one to nine digits is read",
    arguments: [
      ("2026-01-31T12:00:00Z", 0), ("2026-01-31T12:00:00.5Z", 500_000_000),
      ("2026-01-31T12:00:00.250Z", 250_000_000), ("2026-01-31T12:00:00.000000001Z", 1),
      ("2026-01-31T12:00:00.123456789Z", 123_456_789),
    ] as [(String, Int64)])
  func fractions(text: String, nanoseconds: Int64) {
    #expect(Timestamp(text: text)?.nanoseconds == 1_769_860_800_000_000_000 + nanoseconds)
  }

  @Test(
    "A moment that isn't, or isn't in UTC, is refused",
    arguments: [
      "", "Z", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00Z",
      "2026-1-31T12:00:00Z",
      "2026-01-31 12:00:00Z", "2026-01-31T12:00:00z", "2026-01-31T12:00:00+01:00",
      "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00.1234567890Z", "2026-01-31T12:00:00,5Z",
      "2026-01-31T12:00:00.5xZ", "2026-01-31T12:00:00 Z", " 2026-01-31T12:00:00Z",
      "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z",
      "2026-00-01T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
      "9999-01-01T00:00:00Z",
      "0000-01-01T00:00:00Z", "2026-01-31T12:00:00.-5Z",
      "２026-01-31T12:00:00Z", "2262-04-11T23:47:17Z",
    ])
  func refused(text: String) {
    #expect(Timestamp(text: text) == nil)
  }

  @Test("The last representable moment is read, a later fraction of its second is refused")
  func last() {
    #expect(Timestamp(text: "2262-04-11T23:47:16.854775807Z")?.nanoseconds == .max)
    #expect(Timestamp(text: "2262-04-11T23:47:16.854775808Z") == nil)
    #expect(Timestamp(text: "2262-04-11T23:47:16.999Z") == nil)
  }

  @Test("Moving on stops at the end of representable time")
  func advanced() {
    #expect(Timestamp(nanoseconds: .max - 1).advanced(by: 5) == Timestamp(nanoseconds: .max))
    #expect(Timestamp(nanoseconds: 5).advanced(by: -5) == Timestamp(nanoseconds: 0))
    #expect(Timestamp(nanoseconds: 1) < Timestamp(nanoseconds: 2))
  }

  @Test("Every fifth day until 2262 comes back from its text")
  func days() {
    for day in stride(from: Int64(0), to: 106_751, by: 5) {
      let time = Timestamp(milliseconds: day * 86_400_000 + 43_200_001)
      guard Timestamp(text: time.text) == time else {
        Issue.record("\(time.text)")
        return
      }
    }
  }
}
