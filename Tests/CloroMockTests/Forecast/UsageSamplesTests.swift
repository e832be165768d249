import Testing

@testable import CloroMock

@Suite("Slots and queue over a forecast's time")
struct UsageSamplesTests {
  private static let second: Int64 = 1_000_000_000

  /// What was used at a moment, told by the steps.
  private func usage(_ samples: UsageSamples, at moment: Int64) -> UsageSamples.Usage {
    samples.usages[Int(moment / samples.step)]
  }

  @Test("A usage holds until the next one, and a step has the most of its time")
  func steps() {
    var samples = UsageSamples(most: 10)
    samples.note(.init(slots: 1, queued: 5), at: 0)
    samples.note(.init(slots: 2, queued: 4), at: 500_000)
    samples.note(.init(slots: 0, queued: 0), at: 3_000_000)
    #expect(samples.step == 1_000_000)
    #expect(samples.usages.map(\.slots) == [2, 2, 2, 0])
    #expect(samples.usages.map(\.queued) == [5, 4, 4, 0])
  }

  @Test("However long it takes, there are no more steps than asked for, and every peak is there")
  func bounded() {
    for most in [1, 2, 7, 100] {
      var samples = UsageSamples(most: most)
      for index in 0..<10_000 {
        let usage = UsageSamples.Usage(slots: index == 7_777 ? 50 : index % 3, queued: 1)
        samples.note(usage, at: Int64(index) * Self.second)
      }
      #expect(samples.usages.count <= most && samples.usages.count > most / 2)
      #expect(usage(samples, at: 7_777 * Self.second).slots == 50)
      #expect(samples.usages.filter { $0.slots == 50 }.count == 1)
      #expect(samples.usages.allSatisfy { $0.queued == 1 })
    }
  }

  @Test("None are kept when none are asked for")
  func none() {
    var samples = UsageSamples(most: 0)
    samples.note(.init(slots: 1, queued: 1), at: Self.second)
    #expect(samples.usages.isEmpty)
  }
}
