import Testing

@testable import Simulation

@Suite("Timers of owners")
struct TimerLineTests {
  @Test("Of 5,000 in any order, those that weren't cancelled come out by time and arrival")
  func order() {
    var line = TimerLine()
    var random = SeededRandom(seed: 11)
    var kept: [(time: Int64, number: UInt64)] = []
    for number in 1...5_000 as ClosedRange<UInt64> {
      // Mostly in order, as tasks expire, with some that are late.
      let time = Int64(number) - (number % 3 == 0 ? Int64(random.next() % 2_000) : 0)
      line.insert(
        TimerLine.Entry(
          at: .make(milliseconds: time), number: number, id: Identifier(number)))
      kept.append((time, number))
    }
    for _ in 0..<2_000 {
      let (time, number) = kept.remove(at: Int(random.next() % UInt64(kept.count)))
      // A wrong time, the right one, and once more.
      let removed = [time + 1, time, time].map {
        line.remove(at: .make(milliseconds: $0), number: number)
      }
      #expect(removed == [false, true, false])
    }
    #expect(line.count == kept.count)
    kept.sort { ($0.time, $0.number) < ($1.time, $1.number) }
    for (time, number) in kept {
      #expect(line.first?.number == number)
      let first = line.removeFirst()
      #expect(first.number == number && first.at == .make(milliseconds: time))
      #expect(first.id == Identifier(number))
    }
    #expect(line.first == nil && line.count == 0)
    let removed = line.remove(at: .make(milliseconds: 0), number: 1)
    #expect(!removed)
  }

  private final class Owner: Sendable {}

  @Test("They fire among the others by time and arrival, and are cancelled one by one or all")
  func queue() {
    var queue = TimerQueue<String>()
    let (one, other) = (Owner(), Owner())
    func insert(_ time: Int64, _ number: UInt64, _ owner: Owner, _ name: String) -> UInt64 {
      queue.insert(
        at: .make(milliseconds: time), Identifier(number), inLineOf: ObjectIdentifier(owner)
      ) { id in
        name + String((1...9).first { Identifier($0) == id } ?? 0)
      }
    }
    let late = insert(5, 1, one, "a")
    _ = queue.insert(at: .make(milliseconds: 2), "own")
    _ = insert(2, 2, one, "a")
    _ = insert(2, 3, other, "b")
    let gone = insert(1, 4, other, "b")
    _ = queue.insert(at: .make(milliseconds: 2), "last")
    var next = queue.nextTime()
    #expect(queue.count == 6 && next == .make(milliseconds: 1))
    queue.cancel(at: .make(milliseconds: 1), number: gone, inLineOf: ObjectIdentifier(other))
    queue.cancel(at: .make(milliseconds: 1), number: gone, inLineOf: ObjectIdentifier(other))
    next = queue.nextTime()
    #expect(queue.count == 5 && next == .make(milliseconds: 2))
    var fired: [String] = []
    while let due = queue.popDue(at: .make(milliseconds: 4)) { fired.append(due.action) }
    #expect(fired == ["own", "a2", "b3", "last"])
    next = queue.nextTime()
    #expect(queue.count == 1 && next == .make(milliseconds: 5))
    _ = insert(9, 5, one, "a")
    _ = insert(7, 6, other, "b")
    let cancelled = (0..<2).map { _ in queue.cancelLine(of: ObjectIdentifier(one)).count }
    #expect(cancelled == [2, 0])
    queue.cancel(at: .make(milliseconds: 5), number: late, inLineOf: ObjectIdentifier(one))
    #expect(queue.count == 1)
    let due = queue.popDue(at: .make(milliseconds: 9))
    next = queue.nextTime()
    #expect(due?.action == "b6" && next == nil && queue.count == 0)
  }
}
