import Testing

@testable import CloroMock

/// What recording may spend.
@Suite struct RecordingBudgetTests {
  @Test func aPriceThatIsTooMuchEndsIt() {
    var budget = RecordingBudget(most: 10)
    #expect(budget.reserve(7) == .reserved)
    #expect((budget.remaining, budget.underWay) == (3, 1))
    #expect(budget.reserve(0) == .reserved)
    #expect(budget.reserve(4) == .usedUp)
    #expect(!budget.isOn)
    #expect(budget.reserve(0) == .refused)
    #expect(budget.underWay == 2)
  }

  @Test func whatWasSetAsideBecomesWhatWasCharged() {
    var budget = RecordingBudget(most: 10)
    #expect(budget.reserve(7) == .reserved)
    budget.settle(7, charged: 5)
    #expect((budget.spent, budget.remaining, budget.underWay) == (5, 5, 1))
    budget.ended()
    #expect(budget.underWay == 0)
    // The service may charge more than its price.
    #expect(budget.reserve(5) == .reserved)
    budget.settle(5, charged: 9)
    #expect((budget.spent, budget.remaining) == (14, 0))
  }

  @Test(
    arguments: [(nil, 10), (0, 0), (4, 4), (10, 10), (11, 10), (.max, 10)] as [(Int64?, Int64)])
  func aNewBeginningNeverAllowsMoreThanTheProcessMaySpend(most: Int64?, remaining: Int64) {
    var budget = RecordingBudget(most: 30)
    _ = budget.reserve(12)
    budget.settle(12, charged: 12)
    _ = budget.reserve(8)
    budget.end()
    budget.begin(atMost: most)
    #expect(budget.isOn)
    #expect(budget.remaining == remaining)
    #expect(budget.reserve(remaining) == .reserved)
    #expect(budget.reserve(1) == .usedUp)
  }

  @Test func theNextBeginningTakesAllAgain() {
    var budget = RecordingBudget(most: 30)
    budget.begin(atMost: 5)
    #expect(budget.remaining == 5)
    budget.begin(atMost: nil)
    #expect(budget.remaining == 30)
  }
}
