import Testing

@testable import Bytes

@Suite("Civil time")
struct CivilTimeTests {
  @Test(
    "writes dates as HTTP and ISO 8601 do",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59"),
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00"),
      (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT", "2000-03-01T00:00:00"),
      (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00"),
      (1_736_942_400, "Wed, 15 Jan 2025 12:00:00 GMT", "2025-01-15T12:00:00"),
      (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT", "2038-01-19T03:14:08"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00"),
      (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59"),
      (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00"),
    ] as [(Int64, String, String)])
  func forms(seconds: Int64, http: String, iso: String) {
    var bytes: [UInt8] = []
    CivilTime(secondsSinceEpoch: seconds).writeHTTPDate(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == http)
    bytes = []
    CivilTime(secondsSinceEpoch: seconds).writeISO8601(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == iso)
  }

  @Test("counts the days of 800 years one by one")
  func everyDay() {
    var (year, month, day, weekday) = (Int64(1600), Int64(1), Int64(1), 6)
    for number in Int64(-135_140)..<(-135_140 + 292_194) {
      let time = CivilTime(secondsSinceEpoch: number * 86_400)
      guard time.year == year, time.month == month, time.day == day, time.weekday == weekday else {
        Issue.record("\(year)-\(month)-\(day) is read as \(time)")
        return
      }
      let seconds = CivilTime.secondsSinceEpoch(
        year: year, month: month, day: day, hour: 23, minute: 59, second: 58)
      guard seconds == number * 86_400 + 86_398 else {
        Issue.record("\(year)-\(month)-\(day) is counted as \(seconds ?? 0)")
        return
      }
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let days: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      weekday = (weekday + 1) % 7
      day += 1
      if day > days[Int(month) - 1] { (day, month) = (1, month + 1) }
      if month > 12 { (month, year) = (1, year + 1) }
    }
  }

  @Test(
    "knows no such moments",
    arguments: [
      (2023, 2, 29, 0, 0, 0), (2100, 2, 29, 0, 0, 0), (2024, 4, 31, 0, 0, 0),
      (2024, 0, 1, 0, 0, 0), (2024, 13, 1, 0, 0, 0), (2024, 1, 0, 0, 0, 0),
      (2024, 1, 32, 0, 0, 0), (2024, 1, 1, 24, 0, 0), (2024, 1, 1, 0, 60, 0),
      (2024, 1, 1, 0, 0, 60), (2024, 1, 1, -1, 0, 0),
    ] as [(Int64, Int64, Int64, Int64, Int64, Int64)])
  func noSuchMoment(
    year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64
  ) {
    #expect(
      CivilTime.secondsSinceEpoch(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second) == nil)
  }

  @Test("does not fail at the ends of time", arguments: [Int64.min, Int64.max])
  func ends(seconds: Int64) {
    let time = CivilTime(secondsSinceEpoch: seconds)
    #expect((1...12).contains(time.month))
    #expect((1...31).contains(time.day))
    #expect((0...6).contains(time.weekday))
  }

  @Test(
    "pads numbers with zeros",
    arguments: [
      (0, 1, "0"), (0, 2, "00"), (5, 2, "05"), (10, 2, "10"), (123, 2, "123"), (7, 4, "0007"),
      (50, 4, "0050"), (500, 4, "0500"), (9999, 4, "9999"), (12_345, 4, "12345"),
      (7, 18, "000000000000000007"),
    ] as [(Int64, Int, String)])
  func padding(value: Int64, width: Int, text: String) {
    var bytes: [UInt8] = []
    bytes.append(decimal: value, width: width)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}
