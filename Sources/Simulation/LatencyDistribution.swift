import Platform

/// How long an answer takes, on the double's clock.
public enum LatencyDistribution: Sendable, Hashable, CustomStringConvertible {
  /// Always the same, in nanoseconds.
  case constant(Int64)
  /// Evenly between two durations, in nanoseconds.
  case uniform(Int64, Int64)
  /// Log-normal with a median in nanoseconds and the standard deviation of the logarithm.
  case lognormal(median: Int64, sigma: Double)
  /// Through two or more percentiles, from the lowest to the highest. Between them, and beyond the
  /// first and the last, the logarithm follows a normal distribution.
  case percentiles([Percentile])
  /// What was recorded with the answer; of an answer that isn't a recorded one, none.
  case recorded

  /// What a share of durations stays below.
  public struct Percentile: Sendable, Hashable {
    /// Above 0 and below 100.
    public let percent: Double
    /// In nanoseconds, above 0.
    public let duration: Int64

    /// A percentile: a percent above 0 and below 100, and nanoseconds above 0.
    public init(percent: Double, duration: Int64) {
      self.percent = percent
      self.duration = duration
    }
  }

  /// The longest duration: 24 hours, in nanoseconds.
  public static let longest: Int64 = 24 * 3600 * 1_000_000_000

  /// The forms that ``init(_:)`` reads.
  public static let expected =
    "a latency such as 250ms, 2s, uniform(1s,3s), lognormal(2s,0.4), lognormal(median=12s,p99=75s) "
    + "or percentiles(50:12s,95:40s,99:75s) that don't fall, at most 24h, or recorded"

  /// Reads `250ms`, `uniform(1s,3s)`, `lognormal(2s,0.4)`, `lognormal(median=12s,p99=75s)` or
  /// `percentiles(50:12s,95:40s,99:75s)`, units `us`, `ms`, `s`, `m`, `h`; or `recorded`.
  public init?(_ text: String) {
    if text == "recorded" {
      self = .recorded
    } else if let duration = Self.duration(text) {
      self = .constant(duration)
    } else if let (first, second) = Self.arguments(of: "uniform", text),
      let low = Self.duration(first), let high = Self.duration(second), low <= high
    {
      self = .uniform(low, high)
    } else if let (first, second) = Self.arguments(of: "lognormal", text),
      let median = Self.duration(first), let sigma = Self.deviation(second)
    {
      self = .lognormal(median: median, sigma: sigma)
    } else if let (first, second) = Self.arguments(of: "lognormal", text),
      let latency = Self.lognormal(median: first, percentile: second)
    {
      self = latency
    } else if let percentiles = Self.percentiles(text) {
      self = .percentiles(percentiles)
    } else {
      return nil
    }
  }

  /// Draws a duration with a seeded generator.
  ///
  /// - Returns: Nanoseconds from 0 to ``longest``.
  package func sample(_ random: inout SeededRandom) -> Int64 {
    if case .constant(let duration) = self { return duration }
    return duration(at: random.nextShare())
  }

  /// Draws a duration of a series, whose draws keep the distribution's percentiles; see
  /// ``DrawPosition``.
  ///
  /// - Parameters:
  ///   - number: The draw's number in its series.
  ///   - seed: The series.
  /// - Returns: Nanoseconds from 0 to ``longest``.
  package func sample(draw number: UInt64, seed: UInt64) -> Int64 {
    if case .constant(let duration) = self { return duration }
    return duration(at: DrawPosition.of(number, seed: seed))
  }

  /// The duration that a share of all durations stays below.
  ///
  /// - Parameter share: Above 0 and below 1.
  package func duration(at share: Double) -> Int64 {
    switch self {
    case .constant(let duration): return duration
    case .recorded: return 0
    case .uniform(let low, let high): return low + Int64(share * Double(high - low + 1))
    case .lognormal(let median, let sigma):
      return Self.scaled(median, by: sigma * NormalDistribution.quantile(share))
    case .percentiles(let percentiles):
      let above = percentiles.firstIndex { $0.percent >= share * 100 } ?? percentiles.count - 1
      let (low, high) = (percentiles[max(0, above - 1)], percentiles[max(1, above)])
      let bounds = (low.quantile, high.quantile)
      let part = (NormalDistribution.quantile(share) - bounds.0) / (bounds.1 - bounds.0)
      let ratio = Double(high.duration) / Double(low.duration)
      return Self.scaled(low.duration, by: part * System.logarithm(ratio))
    }
  }

  private static func scaled(_ duration: Int64, by exponent: Double) -> Int64 {
    min(longest, Int64(clamping: Double(duration) * System.exponential(exponent)))
  }

  public var description: String {
    switch self {
    case .constant(let duration): Self.text(duration)
    case .recorded: "recorded"
    case .uniform(let low, let high): "uniform(\(Self.text(low)),\(Self.text(high)))"
    case .lognormal(let median, let sigma): "lognormal(\(Self.text(median)),\(sigma))"
    case .percentiles(let percentiles):
      "percentiles(\(percentiles.map(\.description).joined(separator: ",")))"
    }
  }

  private static let units: [(suffix: String, nanoseconds: Int64)] = [
    ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
  ]

  fileprivate static func duration(_ text: String) -> Int64? {
    for (suffix, nanoseconds) in units where text.hasSuffix(suffix) {
      let digits = text.dropLast(suffix.count)
      guard isPlain(digits), let number = Double(decimal: digits) else { continue }
      let duration = number * Double(nanoseconds)
      return duration <= Double(longest) ? Int64(duration.rounded()) : nil
    }
    return nil
  }

  /// Whether a text is digits, with a fraction if there is one: what the fixtures' schema can say
  /// of a number within a text.
  fileprivate static func isPlain(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { 0x30...0x39 ~= $0 }
      }
  }

  /// A standard deviation from 0 to 5: plain, or tiny as Swift writes it, e.g. `5e-05`.
  private static func deviation(_ text: String) -> Double? {
    let parts = text.split(separator: "e", omittingEmptySubsequences: false)
    guard isPlain(parts[0]), parts.count <= 2 else { return nil }
    if parts.count == 2 {
      let isTiny = parts[0].prefix { $0 != "." }.count == 1 && parts[1].hasPrefix("-")
      guard isTiny, isPlain(parts[1].dropFirst()), !parts[1].contains("."),
        parts[1].contains(where: { "123456789".contains($0) })
      else { return nil }
    }
    return Double(decimal: text).flatMap { 0...5 ~= $0 ? $0 : nil }
  }

  fileprivate static func text(_ duration: Int64) -> String {
    duration % 1_000_000_000 == 0 && duration > 0
      ? "\(duration / 1_000_000_000)s"
      : duration % 1_000_000 == 0
        ? "\(duration / 1_000_000)ms"
        : duration % 1000 == 0 ? "\(duration / 1000)us" : "\(Double(duration) / 1000)us"
  }

  private static func arguments(of name: String, _ text: String) -> (String, String)? {
    guard let list = list(of: name, text), list.count == 2 else { return nil }
    return (list[0], list[1])
  }

  private static func list(of name: String, _ text: String) -> [String]? {
    guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
    return text.dropFirst(name.count + 1).dropLast()
      .split(separator: ",", omittingEmptySubsequences: false)
      .map { String($0.drop { $0 == " " }) }
  }

  /// Reads `median=12s` and `p99=75s`, or another percentile above the median.
  private static func lognormal(median: String, percentile: String) -> LatencyDistribution? {
    guard median.hasPrefix("median="), percentile.hasPrefix("p"),
      let middle = duration(String(median.dropFirst(7))), middle > 0,
      let high = Percentile(percentile.dropFirst(), separator: "="),
      high.percent > 50, high.duration >= middle
    else { return nil }
    let sigma = System.logarithm(Double(high.duration) / Double(middle)) / high.quantile
    return sigma <= 5 ? .lognormal(median: middle, sigma: sigma) : nil
  }

  private static func percentiles(_ text: String) -> [Percentile]? {
    guard let list = list(of: "percentiles", text), list.count > 1 else { return nil }
    let percentiles = list.compactMap { Percentile($0[...], separator: ":") }
    let rises = zip(percentiles, percentiles.dropFirst()).allSatisfy { low, high in
      low.percent < high.percent && low.duration <= high.duration
    }
    return percentiles.count == list.count && rises ? percentiles : nil
  }
}

extension LatencyDistribution.Percentile: CustomStringConvertible {
  /// Reads `99:75s`, or with another separator.
  fileprivate init?(_ text: Substring, separator: Character) {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == 2, LatencyDistribution.isPlain(parts[0]),
      let percent = Double(decimal: parts[0]), percent > 0, percent < 100,
      let duration = LatencyDistribution.duration(String(parts[1])), duration > 0
    else { return nil }
    self.init(percent: percent, duration: duration)
  }

  public var description: String {
    let isWhole = percent == percent.rounded()
    return "\(isWhole ? "\(Int(percent))" : "\(percent)"):\(LatencyDistribution.text(duration))"
  }

  /// The percentile of the standard normal distribution.
  fileprivate var quantile: Double { NormalDistribution.quantile(percent / 100) }
}

extension Double {
  /// Reads a decimal number; nil for hexadecimal numbers, infinity and NaN.
  package init?(decimal text: some StringProtocol) {
    let isDecimal = text.utf8.allSatisfy { byte in
      0x30...0x39 ~= byte || ".eE+-".utf8.contains(byte)
    }
    guard isDecimal, let number = Double(text) else { return nil }
    self = number
  }
}
