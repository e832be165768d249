import HTTPServer
import Simulation
import Testing

@testable import CloroMock

@Suite("The texts of entries that were shown lately")
struct RecentEntryTextsTests {
  private let texts = RecentEntryTexts()

  private func row(_ sequence: Int64) -> Journal.Row {
    let entry = JournalEntry(
      at: Timestamp(nanoseconds: 0), key: nil, endpoint: .unknown,
      request: JournalEntry.Request(), response: JournalEntry.Response(status: 200),
      reason: JournalReason(.free), latency: 0, creditsCharged: 0)
    return Journal.Row(sequence: sequence, byteCount: 1, entry: entry)
  }

  /// What is written of an entry; `made` counts how often its text had to be made.
  private func written(_ row: Journal.Row, _ text: String, made: inout Int) -> String {
    var (output, count) = ([UInt8(ascii: "[")], 0)
    texts.write(row, to: &output) {
      count += 1
      return Array(text.utf8)
    }
    made += count
    return String(decoding: output, as: UTF8.self)
  }

  @Test("A text is made once, and stands wherever it is asked for")
  func once() {
    let (first, second) = (row(1), row(2))
    var made = 0
    for _ in 0..<3 {
      #expect(written(first, "one", made: &made) == "[one")
      #expect(written(second, "two", made: &made) == "[two")
    }
    #expect(made == 2)
  }

  @Test("An entry is not shown as another one of its number or of its place")
  func places() {
    var made = 0
    // After the journal was cleared numbers begin again.
    #expect(written(row(1), "old", made: &made) == "[old")
    #expect(written(row(1), "new", made: &made) == "[new")
    #expect(written(row(1025), "far", made: &made) == "[far")
    #expect(made == 3)
  }

  @Test("A long text is made each time")
  func long() {
    let (row, text) = (row(7), String(repeating: "x", count: 8 * 1024 + 1))
    var made = 0
    for _ in 0..<2 { #expect(written(row, text, made: &made) == "[" + text) }
    #expect(made == 2)
  }
}
