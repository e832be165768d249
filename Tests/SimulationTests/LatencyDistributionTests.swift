import Testing

@testable import Simulation

@Suite("Latency distributions")
struct LatencyDistributionTests {
  static let second: Int64 = 1_000_000_000

  static let good: [(String, LatencyDistribution, String)] = [
    ("0ms", .constant(0), "0ms"), ("0s", .constant(0), "0ms"),
    ("250ms", .constant(250_000_000), "250ms"),
    ("2s", .constant(2 * second), "2s"), ("1.5s", .constant(1_500_000_000), "1500ms"),
    ("10us", .constant(10_000), "10us"), ("1.5ms", .constant(1_500_000), "1500us"),
    ("2m", .constant(120 * second), "120s"), ("24h", .constant(86_400 * second), "86400s"),
    ("0.5us", .constant(500), "0.5us"),
    ("uniform(1s,3s)", .uniform(second, 3 * second), "uniform(1s,3s)"),
    ("uniform(1s, 3s)", .uniform(second, 3 * second), "uniform(1s,3s)"),
    ("uniform(0ms,0ms)", .uniform(0, 0), "uniform(0ms,0ms)"),
    ("lognormal(2s,0.4)", .lognormal(median: 2 * second, sigma: 0.4), "lognormal(2s,0.4)"),
    ("lognormal(2s,0)", .lognormal(median: 2 * second, sigma: 0), "lognormal(2s,0.0)"),
    ("lognormal(2s,5)", .lognormal(median: 2 * second, sigma: 5), "lognormal(2s,5.0)"),
    ("lognormal(2s,0.00005)", .lognormal(median: 2 * second, sigma: 5e-05), "lognormal(2s,5e-05)"),
    ("lognormal(median=2s,p99=2s)", .lognormal(median: 2 * second, sigma: 0), "lognormal(2s,0.0)"),
    (
      "percentiles(50:12s, 95:40s,99.9:75s)",
      .percentiles([
        .init(percent: 50, duration: 12 * second), .init(percent: 95, duration: 40 * second),
        .init(percent: 99.9, duration: 75 * second),
      ]), "percentiles(50:12s,95:40s,99.9:75s)"
    ),
  ]

  @Test("A latency is read, and its description reads as the same", arguments: good)
  func parsed(text: String, latency: LatencyDistribution, description: String) {
    #expect(LatencyDistribution(text) == latency)
    #expect(latency.description == description)
    #expect(LatencyDistribution(latency.description) == latency)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", "5", "ms", "-1s", "+1s", ".5s", "1 s", " 1s", "1S", "1d", "24.1h", "25h", "1e400s",
      "nans",
      "infs", "uniform(3s,1s)", "uniform(1s)", "uniform(1s,2s,3s)", "uniform(1s,2s",
      "uniform 1s,2s",
      "uniform(,)", "lognormal(2s)", "lognormal(2s,-1)", "lognormal(2s,5.1)", "lognormal(2s,nan)",
      "1e3ms", "5.s", "1.2.3s", "lognormal(2s,.4)", "lognormal(2s,1e0)", "lognormal(2s,40e-1)",
      "lognormal(2s,1e-)", "lognormal(2s,1e-0)", "lognormal(2s,1e-1e-1)", "lognormal(0.4,2s)",
      "lognormal(median=12s)", "lognormal(median=12s,p99=11s)", "lognormal(median=0s,p99=1s)",
      "lognormal(median=1s,p50=2s)", "lognormal(median=1s,p100=2s)", "lognormal(p99=2s,median=1s)",
      "lognormal(median=1us,p99=24h)", "percentiles(50:12s)", "percentiles(50:12s,95:11s)",
      "percentiles(50:12s,50:13s)", "percentiles(95:12s,50:13s)", "percentiles(0:1s,50:2s)",
      "percentiles(50:1s,100:2s)", "percentiles(50:0s,95:1s)", "percentiles(50:1s,95:2s,)",
      "percentiles(p50:1s,p95:2s)", "percentiles()", "normal(1s,2s)", "Uniform(1s,2s)", "0x10ms",
      "lognormal(2s,0x1)",
    ])
  func refused(text: String) {
    #expect(LatencyDistribution(text) == nil)
  }

  private func samples(_ latency: LatencyDistribution, _ count: Int, seed: UInt64 = 1) -> [Int64] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in latency.sample(&random) }
  }

  @Test("A constant is always itself")
  func constant() {
    #expect(Set(samples(.constant(7), 100)) == [7])
  }

  @Test("Uniform samples reach both ends and nothing beyond, evenly")
  func uniform() {
    let dice = samples(.uniform(1, 6), 60_000)
    for face: Int64 in 1...6 {
      #expect((9_500...10_500).contains(dice.count { $0 == face }))
    }
    #expect(dice.allSatisfy { 1...6 ~= $0 })
    #expect(Set(samples(.uniform(5, 5), 10)) == [5])
  }

  @Test("The median of 20,000 log-normal samples is within 3 % of the one asked for")
  func lognormal() {
    let spec = LatencyDistribution.lognormal(median: 2 * Self.second, sigma: 0.4)
    let sorted = samples(spec, 20_000, seed: 42).sorted()
    let median = Double(sorted[10_000]) / Double(2 * Self.second)
    #expect(abs(median - 1) < 0.03)
    // One standard deviation of the logarithm holds 68.3 % of the samples.
    let low = Int64(Double(2 * Self.second) * 0.670_320)
    let high = Int64(Double(2 * Self.second) * 1.491_825)
    let share = Double(sorted.count { low...high ~= $0 }) / 20_000
    #expect(abs(share - 0.6827) < 0.015)
  }

  @Test(
    "Ten thousand draws of a series have the percentiles asked for within 2 %",
    arguments: [
      ("lognormal(median=12s,p99=75s)", [0.5: 12.0, 0.95: 43.82, 0.99: 75]),
      ("percentiles(50:12s,95:40s,99:75s)", [0.5: 12, 0.95: 40, 0.99: 75]),
      ("lognormal(2s,0.4)", [0.5: 2, 0.95: 3.8618, 0.99: 5.0714]),
    ], 0..<20 as Range<UInt64>)
  func percentiles(of latency: (text: String, wanted: [Double: Double]), seed: UInt64) throws {
    let distribution = try #require(LatencyDistribution(latency.text))
    // A series may begin anywhere in its block of a thousand.
    let first = seed * 137
    let drawn = (first..<first + 10_000).map { distribution.sample(draw: $0, seed: seed) }.sorted()
    for (share, seconds) in latency.wanted {
      let found = Double(drawn[Int(share * 10_000)]) / Double(Self.second)
      #expect(abs(found / seconds - 1) < 0.02, "\(share): \(found)")
    }
  }

  @Test("A thousand draws of a series fall one into each thousandth, in an order of the seed's own")
  func dealt() {
    func places(_ seed: UInt64) -> [Int] {
      (3000..<4000).map { Int(DrawPosition.of($0, seed: seed) * 1000) }
    }
    #expect(places(1).sorted() == Array(0..<1000) && places(1) != places(2))
    #expect(places(1) == places(1))
    // Neighbours don't lie in order: about half of all steps lead up.
    let rises = zip(places(1), places(1).dropFirst()).count { $0 < $1 }
    #expect(400...600 ~= rises)
  }

  @Test("The widest samples stay from 0 to 24 hours")
  func bounds() {
    let wild = samples(.lognormal(median: LatencyDistribution.longest, sigma: 5), 5_000)
    #expect(wild.allSatisfy { 0...LatencyDistribution.longest ~= $0 })
    #expect(wild.max() == LatencyDistribution.longest)
    #expect(Set(samples(.lognormal(median: 0, sigma: 5), 100)) == [0])
  }

  @Test(
    "The same seed gives the same samples, another one others",
    arguments: [
      LatencyDistribution.uniform(0, 1_000_000_000), .lognormal(median: 1_000_000_000, sigma: 1),
    ])
  func deterministic(latency: LatencyDistribution) {
    #expect(samples(latency, 50, seed: 9) == samples(latency, 50, seed: 9))
    #expect(samples(latency, 50, seed: 9) != samples(latency, 50, seed: 10))
  }
}
