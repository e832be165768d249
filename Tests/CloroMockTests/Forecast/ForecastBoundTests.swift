import JSON
import Testing

@testable import CloroMock

@Suite("How long a forecast may be played")
struct ForecastBoundTests {
  /// Workers of which one has the only slot, while the others try again each half minute.
  private static let load: JSON = [
    "sync": [["provider": "grok", "workers": 100, "count": 100]], "latency": ["default": "5m"],
  ]

  private func play(mostEvents: Int) throws -> Forecast {
    let problems = JSONProblems()
    let workload = try #require(
      Workload(parsing: Self.load.encoded, in: .july2026, problems: problems))
    #expect(problems.list.isEmpty)
    let free = try #require(PlanCatalogue().plans["free"])
    return try Forecast(
      workload, on: [free, free], in: .july2026, seed: 0, samples: 0, mostEvents: mostEvents)
  }

  @Test("One that takes more events than it may isn't played to its end")
  func bound() throws {
    #expect(throws: Forecast.TooLong.self) { try play(mostEvents: 10_000) }
    #expect(try play(mostEvents: 10_000_000).rows.map(\.plan) == ["free", "free"])
  }
}
