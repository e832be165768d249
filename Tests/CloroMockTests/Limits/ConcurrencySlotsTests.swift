import Testing

@testable import CloroMock

@Suite("Concurrency slots")
struct ConcurrencySlotsTests {
  private var slots = ConcurrencySlots()

  private mutating func acquire(_ count: Int, limit: Int) -> [ConcurrencySlots.Decision] {
    (0..<count).map { _ in slots.acquire(limit: limit) }
  }

  /// "Credits & limits", heading "Example scenario": limit 10, current 1 and 2, remaining 9 and 8.
  @Test("The seed's example scenario")
  mutating func scenario() {
    for (current, remaining) in [(1, 9), (2, 8)] {
      guard case .admitted(let usage) = slots.acquire(limit: 10) else {
        Issue.record("refused")
        return
      }
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
    slots.release()
    #expect(slots.acquire(limit: 10) == .admitted(.init(limit: 10, current: 10)))
  }

  @Test("A shrunk plan keeps what runs, admits nobody, and never shows less than 0")
  mutating func shrunk() {
    _ = acquire(5, limit: 10)
    #expect(slots.usage(limit: 2) == .init(limit: 2, current: 5))
    #expect(slots.usage(limit: 2).remaining == 0)
    #expect(slots.acquire(limit: 2) == .refused(.init(limit: 2, current: 3)))
    for _ in 0..<4 { slots.release() }
    #expect(slots.acquire(limit: 2) == .admitted(.init(limit: 2, current: 2)))
  }

  @Test("A grown plan admits the very next request")
  mutating func grown() {
    #expect(acquire(2, limit: 1).last == .refused(.init(limit: 1, current: 2)))
    #expect(slots.acquire(limit: 2) == .admitted(.init(limit: 2, current: 2)))
  }

  @Test("A plan without slots admits nobody")
  mutating func none() {
    #expect(slots.acquire(limit: 0) == .refused(.init(limit: 0, current: 1)))
    #expect(slots.usage(limit: 0) == .init(limit: 0, current: 0))
  }
}
