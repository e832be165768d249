import Simulation
import Testing

@testable import CloroMock

@Suite("Rate limiter")
struct RateLimiterTests {
  private var limiter = RateLimiter()

  /// The remaining tokens after each of so many requests; nil for a refusal.
  private mutating func take(
    _ count: Int = 1, _ limit: Plan.RateLimit = .make(5), at milliseconds: Int64 = 0
  ) -> [Int?] {
    (0..<count).map { _ in
      let decision = limiter.take(limit, at: .make(milliseconds: milliseconds))
      if !decision.isAllowed { #expect(decision.remaining == 0) }
      return decision.isAllowed ? decision.remaining : nil
    }
  }

  @Test("In each clock second exactly 1,000 requests pass, counted from 999 to 0")
  mutating func exactly() {
    for second: Int64 in 0..<3 {
      let allowed =
        take(700, .make(), at: second * 1000) + take(300, .make(), at: second * 1000 + 999)
      #expect(allowed == (0..<1000).reversed().map(Optional.some))
      #expect(take(2, .make(), at: second * 1000 + 999) == [nil, nil])
    }
  }

  @Test("The bucket fills at the whole second, not a second after the first request")
  mutating func wholeSecond() {
    #expect(take(6, at: 990) == [4, 3, 2, 1, 0, nil])
    #expect(take(1, at: 999) == [nil])
    #expect(take(6, at: 1000) == [4, 3, 2, 1, 0, nil])
  }

  @Test("Seconds without requests aren't saved up")
  mutating func notSaved() {
    _ = take(3)
    #expect(take(6, at: 10_000) == [4, 3, 2, 1, 0, nil])
  }

  @Test("A reading that was overtaken counts for the second that is open by now")
  mutating func overtaken() {
    _ = take(3, at: 1000)
    #expect(take(3, at: 999) == [1, 0, nil])
    #expect(take(1, at: 1999) == [nil])
    #expect(take(1, at: 2000) == [4])
  }

  @Test("A changed limit holds for the very next request")
  mutating func changed() {
    #expect(take(3) == [4, 3, 2])
    #expect(take(1, .make(2)) == [nil])
    #expect(take(1, .make(10)) == [6])
  }

  @Test("Looking at the bucket takes nothing; one that is full is not in use")
  mutating func looking() {
    for limit in [Plan.RateLimit.make(5), .make(5, refill: .continuous)] {
      limiter = RateLimiter()
      #expect(limiter.remaining(limit, at: .make(milliseconds: 0)) == nil)
      #expect(take(2, limit) == [4, 3])
      for _ in 0..<3 { #expect(limiter.remaining(limit, at: .make(milliseconds: 0)) == 3) }
      #expect(take(1, limit) == [2])
      #expect(limiter.remaining(limit, at: .make(milliseconds: 1000)) == nil)
      #expect(limiter.remaining(.make(5, enabled: false), at: .make(milliseconds: 0)) == nil)
    }
    #expect(limiter.remaining(.make(5, refill: .continuous), at: .make(milliseconds: 200)) == 3)
    #expect(limiter.remaining(.make(5), at: .make(milliseconds: 200)) == nil)
  }

  @Test("A bucket shows no less than nothing after its limit has shrunk")
  mutating func lookingAtAShrunkLimit() {
    _ = take(4)
    #expect(limiter.remaining(.make(2), at: .make(milliseconds: 0)) == 0)
  }

  @Test("Without a limiter everything passes and nothing is counted")
  mutating func disabled() {
    #expect(take(100, .make(5, enabled: false)) == Array(repeating: 5, count: 100))
    #expect(take(1) == [4])
  }

  @Test("The continuous refill gives one token each N-th of a second")
  mutating func continuous() {
    let limit = Plan.RateLimit.make(10, refill: .continuous)
    #expect(take(11, limit) == (0..<10).reversed().map(Optional.some) + [nil])
    #expect(take(1, limit, at: 99) == [nil])
    #expect(take(2, limit, at: 100) == [0, nil])
    #expect(take(3, limit, at: 350) == [1, 0, nil])
    #expect(take(1, limit, at: 400) == [0])
    #expect(take(11, limit, at: 60_000) == (0..<10).reversed().map(Optional.some) + [nil])
  }

  @Test("A refused request takes no token from the continuous refill either")
  mutating func continuousRefusals() {
    let limit = Plan.RateLimit.make(1, refill: .continuous)
    _ = take(1, limit)
    for millisecond: Int64 in 1..<1000 { #expect(take(1, limit, at: millisecond) == [nil]) }
    #expect(take(1, limit, at: 1000) == [0])
  }

  @Test("A time that goes back gives the continuous refill nothing and takes nothing")
  mutating func continuousBackward() {
    let limit = Plan.RateLimit.make(10, refill: .continuous)
    _ = take(10, limit, at: 1000)
    #expect(take(1, limit, at: 500) == [nil])
    #expect(take(1, limit, at: 1099) == [nil])
    #expect(take(1, limit, at: 1100) == [0])
  }

  @Test("The largest limit doesn't overflow", arguments: Plan.RateLimit.Refill.allCases)
  func largest(refill: Plan.RateLimit.Refill) {
    var limiter = RateLimiter()
    let limit = Plan.RateLimit.make(1_000_000_000, refill: refill)
    #expect(limiter.take(limit, at: .make()).remaining == 999_999_999)
    #expect(limiter.take(limit, at: .make(milliseconds: 86_400_000)).remaining == 999_999_999)
    #expect(limiter.take(limit, at: Timestamp(nanoseconds: .max)).remaining == 999_999_999)
  }

  @Test("After a change of the refill requests pass on", arguments: [(1, 0), (0, 1)])
  func switchedRefill(first: Int, second: Int) {
    let refills = Plan.RateLimit.Refill.allCases
    var limiter = RateLimiter()
    for _ in 0..<5 { _ = limiter.take(.make(5, refill: refills[first]), at: .make()) }
    for time: Int64 in [2000, 4000, 3_600_000] {
      let decision = limiter.take(.make(5, refill: refills[second]), at: .make(milliseconds: time))
      #expect(decision == RateLimiter.Decision(isAllowed: true, remaining: 4))
    }
  }

  @Test("A continuous limit that shrinks owes no more than one full bucket")
  mutating func shrunk() {
    _ = take(1000, .make(1000, refill: .continuous))
    let small = Plan.RateLimit.make(1, refill: .continuous)
    #expect(take(1, small, at: 1) == [nil])
    #expect(take(1, small, at: 2001) == [0])
  }
}
