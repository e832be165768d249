import Platform

/// How long an answer takes, on the double's clock.
public enum LatencyDistribution: Sendable, Hashable, CustomStringConvertible {
  /// Always the same, in nanoseconds.
  case constant(Int64)
  /// Evenly between two durations, in nanoseconds.
  case uniform(Int64, Int64)
  /// Log-normal with a median in nanoseconds and the standard deviation of the logarithm.
  case lognormal(median: Int64, sigma: Double)

  /// The longest duration: 24 hours, in nanoseconds.
  public static let longest: Int64 = 24 * 3600 * 1_000_000_000

  /// The forms that ``init(_:)`` reads.
  public static let expected =
    "a latency such as 250ms, 2s, uniform(1s,3s) or lognormal(2s,0.4), at most 24h"

  /// Reads `250ms`, `uniform(1s,3s)` or `lognormal(2s,0.4)`. Units: `us`, `ms`, `s`, `m`, `h`.
  public init?(_ text: String) {
    if let duration = Self.duration(text) {
      self = .constant(duration)
    } else if let (first, second) = Self.arguments(of: "uniform", text),
      let low = Self.duration(first), let high = Self.duration(second), low <= high
    {
      self = .uniform(low, high)
    } else if let (first, second) = Self.arguments(of: "lognormal", text),
      let median = Self.duration(first), let sigma = Self.deviation(second)
    {
      self = .lognormal(median: median, sigma: sigma)
    } else {
      return nil
    }
  }

  /// Draws a duration with a seeded generator.
  ///
  /// - Returns: Nanoseconds from 0 to ``longest``.
  package func sample(_ random: inout SeededRandom) -> Int64 {
    switch self {
    case .constant(let duration): return duration
    case .uniform(let low, let high):
      return low + Int64(random.next() % UInt64(high - low + 1))
    case .lognormal(let median, let sigma):
      let factor = System.exponential(sigma * random.nextGaussian())
      return min(Self.longest, Int64(clamping: Double(median) * factor))
    }
  }

  public var description: String {
    switch self {
    case .constant(let duration): Self.text(duration)
    case .uniform(let low, let high): "uniform(\(Self.text(low)),\(Self.text(high)))"
    case .lognormal(let median, let sigma): "lognormal(\(Self.text(median)),\(sigma))"
    }
  }

  private static let units: [(suffix: String, nanoseconds: Int64)] = [
    ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
  ]

  private static func duration(_ text: String) -> Int64? {
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
  private static func isPlain(_ text: some StringProtocol) -> Bool {
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

  private static func text(_ duration: Int64) -> String {
    duration % 1_000_000_000 == 0 && duration > 0
      ? "\(duration / 1_000_000_000)s"
      : duration % 1_000_000 == 0
        ? "\(duration / 1_000_000)ms"
        : duration % 1000 == 0 ? "\(duration / 1000)us" : "\(Double(duration) / 1000)us"
  }

  private static func arguments(of name: String, _ text: String) -> (String, String)? {
    guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
    let inner = text.dropFirst(name.count + 1).dropLast()
    let parts = inner.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.drop { $0 == " " }
    }
    guard parts.count == 2 else { return nil }
    return (String(parts[0]), String(parts[1]))
  }
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
