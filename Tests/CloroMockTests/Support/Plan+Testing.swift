import Simulation
@testable import CloroMock

extension Plan.RateLimit {
  static func make(
    _ requestsPerSecond: Int = 1000, refill: Refill = .interval, enabled: Bool = true
  ) -> Plan.RateLimit {
    var limit = Plan.RateLimit()
    (limit.requestsPerSecond, limit.refill, limit.enabled) = (requestsPerSecond, refill, enabled)
    return limit
  }
}

extension Timestamp {
  /// A moment that many milliseconds after a whole second.
  static func make(milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(milliseconds: 1_736_942_400_000 + milliseconds)
  }
}
