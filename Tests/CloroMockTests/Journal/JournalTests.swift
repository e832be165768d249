import CloroContract
import HTTPServer
import Simulation
import Testing

@testable import CloroMock

@Suite("The journal's ring", .timeLimit(.minutes(5)))
struct JournalTests {
  private func limits(_ entries: Int, _ bytes: Int = 1 << 30) -> JournalLimits {
    var limits = JournalLimits()
    (limits.entries, limits.bytes) = (entries, bytes)
    return limits
  }

  private func entry(
    path: String = "/v1/credits", status: Int? = 200, body: Int = 0,
    reason: JournalReason.Facts = .free
  ) -> JournalEntry {
    let request = HTTPRequest(path: path, body: [UInt8](repeating: 0x61, count: body))
    return JournalEntry(
      at: Timestamp(nanoseconds: 0), key: nil, endpoint: .unknown,
      request: JournalEntry.Request(request), response: JournalEntry.Response(status: status),
      reason: JournalReason(reason), latency: 0,
      creditsCharged: 0)
  }

  private func record(_ entry: JournalEntry, in journal: Journal) {
    journal.record(entry)
  }

  @Test("Entries are numbered from 1, and the oldest make room for the newest")
  func ring() {
    let journal = Journal(limits: limits(3))
    for status in 200..<205 { record(entry(status: status), in: journal) }
    let page = journal.page()
    #expect(page.rows.map(\.sequence) == [3, 4, 5] && page.dropped == 2)
    #expect(page.rows.map(\.entry.response.status) == [202, 203, 204])
    #expect(journal.last == 5)
  }

  @Test("Who reads on sees each entry once, and how many that it wants were dropped in between")
  func continuation() {
    let journal = Journal(limits: limits(3))
    var odd = JournalFilter()
    odd.path = "/odd"
    for _ in 0..<2 { record(entry(), in: journal) }
    let all = journal.listen(JournalFilter(), after: 0) {}
    let some = journal.listen(odd, after: 2) {}
    #expect(journal.next(of: all, atMost: 1).rows.map(\.sequence) == [1])
    for path in ["/odd", "/even", "/even", "/even", "/odd"] {
      record(entry(path: path), in: journal)
    }
    let rest = journal.next(of: all, atMost: 10)
    #expect(rest.rows.map(\.sequence) == [5, 6, 7] && rest.missed == 3)
    #expect(journal.next(of: some, atMost: 10).missed == 1)
    #expect(journal.next(of: all, atMost: 10).rows.isEmpty)
    #expect(journal.next(of: all, atMost: 10).missed == 0)
    journal.removeListener(all)
    #expect(journal.next(of: all, atMost: 10).rows.isEmpty)
  }

  @Test("Bodies are cut, and entries are dropped when all together are too large")
  func bytes() {
    let journal = Journal(limits: limits(1000, 200_000))
    for _ in 0..<5 { record(entry(body: 1_000_000), in: journal) }
    let rows = journal.page().rows
    #expect(rows.count == 3)
    guard case .bytes(let kept, let total)? = rows.first?.entry.request.body else {
      Issue.record("no bytes")
      return
    }
    #expect(kept.count == 64 * 1024 && total == 1_000_000)
  }

  @Test(
    "A journal that is off keeps nothing, wants no entries, and still counts", arguments: [0, 1])
  func off(entries: Int) {
    let journal = Journal(limits: limits(entries, entries == 0 ? 1000 : 0))
    #expect(!journal.wantsEntries)
    journal.count(.unknown, status: 404, .route)
    #expect(!journal.isOn && journal.page().rows.isEmpty)
    let counts = journal.statistics.counts
    #expect(counts.byEndpoint.map(\.count) == [1])
    #expect(counts.byRule.filter { $0.count > 0 }.map(\.rule) == [.route])
  }

  @Test("The newest are asked for by a limit, the next ones by a number too")
  func pages() {
    let journal = Journal()
    for number in 1...9 { record(entry(path: number % 2 == 0 ? "/even" : "/odd"), in: journal) }
    var even = JournalFilter()
    even.path = "/even"
    #expect(journal.page(even, limit: 2).rows.map(\.sequence) == [6, 8])
    #expect(journal.page(even, since: 2, limit: 2).rows.map(\.sequence) == [4, 6])
    #expect(journal.page(since: 9).rows.isEmpty && journal.page(since: 100).rows.isEmpty)
    #expect(journal.page(limit: 0).rows.isEmpty)
    journal.clear()
    #expect(journal.page().rows.isEmpty && journal.page().dropped == 0)
    record(entry(), in: journal)
    #expect(journal.page().rows.map(\.sequence) == [10])
  }

  @Test("A wait ends with the entry that completes the count, those before it included")
  func wait() async {
    let journal = Journal()
    var filter = JournalFilter()
    filter.status = 429
    record(entry(status: 429), in: journal)
    async let came = journal.wait(for: filter, count: 3, milliseconds: 60_000)
    for _ in 0..<2 {
      record(entry(), in: journal)
      record(entry(status: 429), in: journal)
    }
    #expect(await came)
    #expect(await journal.wait(for: filter, count: 3, milliseconds: 0))
    #expect(await !journal.wait(for: filter, count: 4, milliseconds: 1))
  }

  @Test("A miss is named with what was expected and what was found")
  func misses() {
    var filter = JournalFilter()
    (filter.method, filter.path, filter.status) = ("GET", "/v1/credits", 429)
    #expect(!filter.accepts(entry()) && filter.accepts(entry(status: 429)))
    #expect(filter.misses(entry()) == ["status: expected 429, was 200"])
    #expect(filter.misses(entry(status: nil)) == ["status: expected 429, was none"])
    filter.path = "/v1/states"
    #expect(filter.misses(entry()).count == 2)
  }
}
