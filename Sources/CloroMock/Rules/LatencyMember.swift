import JSON
import Simulation

extension ObjectReader {
  /// Reads a member such as `250ms` or `uniform(1s,3s)`.
  mutating func latency(_ name: String) -> LatencyDistribution? {
    member(name, expected: LatencyDistribution.expected) { json in
      json.string.flatMap(LatencyDistribution.init)
    }
  }
}

extension ObjectMember {
  /// A latency, as text.
  static func latency(
    _ name: String, _ property: WritableKeyPath<Root, String?> & Sendable
  ) -> ObjectMember {
    value(
      name, property, expected: LatencyDistribution.expected, from: { $0.string },
      json: { .string($0) }, where: { LatencyDistribution($0) != nil })
  }
}
