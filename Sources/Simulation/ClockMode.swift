/// How the double's clock runs.
public enum ClockMode: Sendable, Hashable, CustomStringConvertible {
  /// As fast as real time.
  case real
  /// This many times as fast as real time.
  case scaled(Double)
  /// Stands still until it is advanced.
  case manual

  /// The largest factor.
  public static let largestFactor = 100_000.0

  /// Reads `real`, `manual` or `xN`, with N above 0 and at most ``largestFactor``.
  public init?(_ text: String) {
    switch text {
    case "real": self = .real
    case "manual": self = .manual
    default:
      guard text.hasPrefix("x"), let factor = Double(decimal: text.dropFirst()), factor > 0,
        factor <= Self.largestFactor
      else { return nil }
      self = .scaled(factor)
    }
  }

  public var description: String {
    switch self {
    case .real: "real"
    case .manual: "manual"
    case .scaled(let factor): "x\(Int64(exactly: factor).map(String.init) ?? String(factor))"
    }
  }

  /// Simulated seconds for each real one.
  public var factor: Double {
    switch self {
    case .real: 1
    case .manual: 0
    case .scaled(let factor): factor
    }
  }
}
