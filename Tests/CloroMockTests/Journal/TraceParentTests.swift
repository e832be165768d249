import HTTPServer
import Simulation
import Testing

@testable import CloroMock

/// The values are those of the document's own examples and of its test suite.
/// (https://github.com/w3c/trace-context/tree/main/test)
@Suite("The header traceparent of W3C Trace Context")
struct TraceParentTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let parent = "b7ad6b7169203331"

  @Test(
    "is used as it was sent, and names its trace",
    arguments: [
      "00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-00", "00-\(trace)-\(parent)-ff",
      "01-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01",
      "cc-\(trace)-\(parent)-01-what-the-future-will-be-like", "fe-\(trace)-\(parent)-01-",
    ])
  func used(text: String) throws {
    let traceparent = try #require(TraceParent(text))
    #expect(traceparent.text == text)
    #expect(traceparent.isNamed(by: Self.trace) && traceparent.isNamed(by: text))
    for other in [
      "", Self.parent, Self.trace.uppercased(), String(Self.trace.dropLast()), "00-\(Self.trace)",
      text + "-", text.uppercased(),
    ] {
      #expect(!traceparent.isNamed(by: other), "\(other)")
    }
  }

  @Test(
    "is ignored when it is malformed",
    arguments: [
      "", "-", "00", "00-\(trace)", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-",
      "00-\(trace)-\(parent)-1", "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01-more",
      "00-\(trace)-\(parent)-011", "cc-\(trace)-\(parent)-01.what-the-future-will-be-like",
      "cc-\(trace)-\(parent)-011", "ff-\(trace)-\(parent)-01", "FF-\(trace)-\(parent)-01",
      ".0-\(trace)-\(parent)-01", "0.-\(trace)-\(parent)-01", "000-\(trace)-\(parent)-01",
      "00-\(trace.uppercased())-\(parent)-01", "00-\(trace)-\(parent.uppercased())-01",
      "00-\(trace)-\(parent)-0A", "00-00000000000000000000000000000000-\(parent)-01",
      "00-\(trace)-0000000000000000-01", "00-\(trace.dropLast())g-\(parent)-01",
      "00-\(trace)-\(parent.dropLast())g-01", "00-\(trace)-\(parent)-0g",
      "00_\(trace)_\(parent)_01", "00-\(trace.dropLast())-\(parent)-0001",
      "00-\(trace)-\(parent)-01,00-\(trace)-\(parent)-01", " 00-\(trace)-\(parent)-01",
      "00-\(trace.dropLast(2))é-\(parent)-01",
    ])
  func ignored(text: String) { #expect(TraceParent(text) == nil) }

  private func entry(_ lines: String...) -> JournalEntry {
    let fields = HTTPFields(wire: lines.flatMap { Array("\($0)\r\n".utf8) })
    return JournalEntry(
      at: Timestamp(nanoseconds: 0), key: nil, endpoint: .unknown,
      request: JournalEntry.Request(HTTPRequest(path: "/v1/credits", fields: fields)),
      response: JournalEntry.Response(status: 200), reason: JournalReason(.free), latency: 0,
      creditsCharged: 0)
  }

  @Test("counts in an entry when it stands there once, by whatever letters, and spaces around it")
  func fields() {
    let text = "00-\(Self.trace)-\(Self.parent)-01"
    #expect(entry("TraceParent: \t\(text) \t", "A: b").traceparent?.text == text)
    #expect(entry("Host: x", "traceparent: \(text)", "Traceparent: \(text)").traceparent == nil)
    #expect(entry("traceparent: \(text)", "traceparent: x").traceparent == nil)
    #expect(entry("trace-parent: \(text)").traceparent == nil && entry().traceparent == nil)
  }

  @Test("is a condition on entries, by trace or whole value, and says what it misses")
  func condition() {
    let text = "00-\(Self.trace)-\(Self.parent)-01"
    let (traced, plain) = (entry("traceparent: \(text)"), entry())
    var filter = JournalFilter()
    for wanted in [Self.trace, text] {
      filter.traceparent = wanted
      #expect(filter.accepts(traced) && filter.misses(traced).isEmpty)
      #expect(!filter.accepts(plain))
      #expect(filter.misses(plain) == ["traceparent: expected \(wanted), was none"])
    }
    filter.traceparent = "x"
    #expect(!filter.accepts(traced))
    #expect(filter.misses(traced) == ["traceparent: expected x, was \(text)"])
  }
}
