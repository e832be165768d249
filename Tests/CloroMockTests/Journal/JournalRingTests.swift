import CloroContract
import HTTPServer
import Simulation
import Testing

@testable import CloroMock

@Suite("The journal's room")
struct JournalRingTests {
  private static let entry = JournalEntry(
    at: Timestamp(nanoseconds: 0), key: nil, endpoint: .unknown, request: JournalEntry.Request(),
    response: JournalEntry.Response(status: 200), reason: JournalReason(.free), latency: 0,
    creditsCharged: 0)

  /// The numbers that are kept of entries, each of one byte: `r` is a refusal, anything else a
  /// success.
  private func kept(_ kinds: String, entries: Int, bytes: Int = .max) -> [Int64] {
    var limits = JournalLimits()
    (limits.entries, limits.bytes) = (entries, bytes)
    var ring = JournalRing()
    for (index, kind) in kinds.enumerated() {
      let row = Journal.Row(sequence: Int64(index + 1), byteCount: 1, entry: Self.entry)
      ring.append(row, isRefusal: kind == "r")
      while ring.makeRoom(within: limits) != nil {}
    }
    var (forth, back): ([Int64], [Int64]) = ([], [])
    ring.visit {
      forth.append($0.sequence)
      return true
    }
    ring.visitBackwards {
      back.append($0.sequence)
      return true
    }
    #expect(forth == back.reversed() && ring.count == forth.count)
    return forth
  }

  @Test(
    "Each kind has its half, and what the other doesn't use",
    arguments: [
      ("ssss", 3, [2, 3, 4]), ("rrrr", 3, [2, 3, 4]), ("rrssss", 4, [1, 2, 5, 6]),
      ("ssrrrr", 4, [1, 2, 5, 6]), ("rrrss", 4, [2, 3, 4, 5]), ("rsss", 2, [1, 4]),
      ("sr", 1, [2]), ("rs", 1, [2]), ("rsrs", 1, [4]), ("rrrrss", 5, [3, 4, 5, 6]),
    ] as [(String, Int, [Int64])])
  func halves(kinds: String, entries: Int, expected: [Int64]) {
    let kept = kept(kinds, entries: entries)
    #expect(kept.suffix(expected.count) == expected[...] && kept.count <= entries)
    #expect(self.kept(kinds, entries: 1000, bytes: entries) == kept)
  }
}
