import Simulation
import Testing

@testable import CloroMock

@Suite("Concurrency slots")
struct ConcurrencySlotsTests {
  private var slots = ConcurrencySlots()

  private var taken: [ConcurrencySlots.Slot] = []

  /// The result of one request: its usage, and whether it was admitted.
  private struct Outcome: Equatable {
    let isAdmitted: Bool
    let usage: ConcurrencySlots.Usage

    static func admitted(_ usage: ConcurrencySlots.Usage) -> Self {
      Self(isAdmitted: true, usage: usage)
    }

    static func refused(_ usage: ConcurrencySlots.Usage) -> Self {
      Self(isAdmitted: false, usage: usage)
    }
  }

  private mutating func acquire(limit: Int) -> Outcome {
    let holder = SlotHolder.request(Identifier(UInt64(taken.count)))
    switch slots.acquire(limit: limit, for: holder) {
    case .admitted(let usage, let slot):
      taken.append(slot)
      return .admitted(usage)
    case .refused(let usage): return .refused(usage)
    }
  }

  private mutating func acquire(_ count: Int, limit: Int) -> [Outcome] {
    (0..<count).map { _ in acquire(limit: limit) }
  }

  private mutating func release() { slots.release(taken.removeFirst()) }

  /// "Credits & limits", heading "Example scenario": limit 10, current 1 and 2, remaining 9 and 8.
  @Test("The seed's example scenario")
  mutating func scenario() {
    for (current, remaining) in [(1, 9), (2, 8)] {
      let outcome = acquire(limit: 10)
      let usage = outcome.usage
      #expect(outcome.isAdmitted)
      #expect(usage.limit == 10 && usage.current == current && usage.remaining == remaining)
    }
  }

  /// "Concurrency", heading "Monitoring concurrency with headers": 20, 3 and 17.
  @Test("The third of twenty leaves seventeen")
  mutating func third() {
    let usage = ConcurrencySlots.Usage(limit: 20, current: 3)
    #expect(acquire(3, limit: 20).last == .admitted(usage))
    #expect(usage.remaining == 17)
  }

  @Test("A surplus request is refused with one more than the limit, and takes no slot")
  mutating func surplus() {
    let decisions = acquire(13, limit: 10)
    #expect(decisions[9] == .admitted(.init(limit: 10, current: 10)))
    let refusal = ConcurrencySlots.Usage(limit: 10, current: 11)
    #expect(decisions[10...] == Array(repeating: .refused(refusal), count: 3)[...])
    #expect(refusal.remaining == 0 && slots.running == 10)
    release()
    #expect(acquire(limit: 10) == .admitted(.init(limit: 10, current: 10)))
  }

  @Test("A shrunk plan keeps what runs, admits nobody, and never shows less than 0")
  mutating func shrunk() {
    _ = acquire(5, limit: 10)
    #expect(slots.usage(limit: 2) == .init(limit: 2, current: 5))
    #expect(slots.usage(limit: 2).remaining == 0)
    #expect(acquire(limit: 2) == .refused(.init(limit: 2, current: 3)))
    for _ in 0..<4 { release() }
    #expect(acquire(limit: 2) == .admitted(.init(limit: 2, current: 2)))
  }

  @Test("A grown plan admits the very next request")
  mutating func grown() {
    #expect(acquire(2, limit: 1).last == .refused(.init(limit: 1, current: 2)))
    #expect(acquire(limit: 2) == .admitted(.init(limit: 2, current: 2)))
  }

  @Test("A plan without slots admits nobody")
  mutating func none() {
    #expect(acquire(limit: 0) == .refused(.init(limit: 0, current: 1)))
    #expect(slots.usage(limit: 0) == .init(limit: 0, current: 0))
  }

  @Test("The holders admitted first are named, and how many there are in all")
  mutating func holders() {
    #expect(slots.holders(atMost: 2) == .init(first: [], count: 0))
    let ids = (0..<40).map { Identifier(UInt64($0)) }
    for (index, id) in ids.enumerated() {
      let holder = index % 2 == 0 ? SlotHolder.request(id) : .task(id)
      guard case .admitted(_, let slot) = slots.acquire(limit: 40, for: holder) else { continue }
      taken.append(slot)
    }
    release()
    #expect(
      slots.holders(atMost: 3)
        == .init(first: [.task(ids[1]), .request(ids[2]), .task(ids[3])], count: 39))
    #expect(slots.holders(atMost: 100).first.count == 39)
  }

  @Test("One and the same request may hold two slots, as a key that was removed and came again")
  mutating func twice() {
    let holder = SlotHolder.request(Identifier(1))
    guard case .admitted(_, let first) = slots.acquire(limit: 2, for: holder),
      case .admitted(_, let second) = slots.acquire(limit: 2, for: holder)
    else {
      Issue.record("refused")
      return
    }
    slots.release(first)
    #expect(slots.running == 1)
    slots.release(second)
    #expect(slots.running == 0)
  }
}
