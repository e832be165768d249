import Testing

@testable import Simulation

@Suite("Timer queue")
struct TimerQueueTests {
  private var queue = TimerQueue<String>()

  private mutating func pop(at time: Int64) -> [String] {
    var actions: [String] = []
    while let due = queue.popDue(at: .make(milliseconds: time)) { actions.append(due.action) }
    return actions
  }

  @Test("Timers come out by time, and by arrival within the same time")
  mutating func order() {
    for (time, action): (Int64, String) in [(3, "d"), (1, "a"), (2, "b"), (3, "e"), (2, "c")] {
      _ = queue.insert(at: .make(milliseconds: time), action)
    }
    #expect(queue.nextTime() == .make(milliseconds: 1) && queue.count == 5)
    #expect(pop(at: 0) == [])
    #expect(pop(at: 2) == ["a", "b", "c"])
    #expect(pop(at: 9) == ["d", "e"])
    #expect(queue.nextTime() == nil && queue.count == 0)
  }

  @Test("What comes out names its timer and its time")
  mutating func due() {
    let id = queue.insert(at: .make(milliseconds: 5), "a")
    let due = queue.popDue(at: .make(milliseconds: 7))
    #expect(due?.id == id && due?.at == .make(milliseconds: 5) && due?.action == "a")
  }

  @Test("A cancelled timer never comes out; cancelling twice or too late does nothing")
  mutating func cancel() {
    let first = queue.insert(at: .make(milliseconds: 1), "a")
    let second = queue.insert(at: .make(milliseconds: 1), "b")
    queue.cancel(first)
    queue.cancel(first)
    #expect(queue.count == 1)
    #expect(pop(at: 1) == ["b"])
    queue.cancel(second)
    _ = queue.insert(at: .make(milliseconds: 2), "c")
    #expect(pop(at: 2) == ["c"])
  }

  @Test("The next time is that of a living timer")
  mutating func nextTime() {
    let first = queue.insert(at: .make(milliseconds: 1), "a")
    _ = queue.insert(at: .make(milliseconds: 5), "b")
    queue.cancel(first)
    #expect(queue.nextTime() == .make(milliseconds: 5))
  }

  @Test("Of 20,000 timers with most cancelled, the rest come out in order")
  mutating func manyCancels() {
    var random = SeededRandom(seed: 7)
    var kept: [(time: Int64, number: Int)] = []
    var ids: [TimerQueue<String>.ID] = []
    for number in 0..<20_000 {
      let time = Int64.random(in: 0..<500, using: &random)
      let id = queue.insert(at: .make(milliseconds: time), "\(number)")
      if number.isMultiple(of: 10) { kept.append((time, number)) } else { ids.append(id) }
    }
    for id in ids.shuffled(using: &random) { queue.cancel(id) }
    #expect(queue.count == kept.count)
    // The sort is by time, then by arrival.
    let expected = kept.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
    #expect(pop(at: 500) == expected.map { "\($0.number)" })
  }
}
