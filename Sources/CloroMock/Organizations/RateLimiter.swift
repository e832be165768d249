import Simulation

/// A token bucket, filled at each whole second of the clock or continuously. A pure value.
///
/// [seed: concurrency, "Monitoring rate limits with headers"; the card's token bucket: both hold
/// for a bucket that is refilled to full at each whole second]
struct RateLimiter: Sendable {
  struct Decision: Equatable {
    let isAllowed: Bool
    /// Whole tokens left.
    let remaining: Int
  }

  /// The second to which `used` belongs; for the continuous refill the moment.
  private var window: Int64 = .min
  /// Tokens taken since the window began; for the continuous refill those not yet refilled, in
  /// billionths.
  private var used: Int64 = 0
  /// The refill for which `window` and `used` were computed, which decides about their units.
  private var refill: Plan.RateLimit.Refill?

  init() {}

  /// A bucket as it was before.
  init(_ used: Used) {
    window = used.window
    self.used = used.tokens
    refill = used.refill
  }

  /// What was taken of a bucket.
  struct Used: Sendable {
    /// Seconds, or nanoseconds for the continuous refill.
    let window: Int64
    /// Tokens, or billionths for the continuous refill.
    let tokens: Int64
    let refill: Plan.RateLimit.Refill
  }

  /// What was taken of it; nil when nothing ever was.
  var taken: Used? {
    refill.map { Used(window: window, tokens: used, refill: $0) }
  }

  /// Whether its window begins after a moment.
  func isAhead(of now: Timestamp) -> Bool {
    switch refill {
    case .interval: window > now.seconds
    case .continuous: window > now.nanoseconds
    case nil: false
    }
  }

  /// Asks for one token; a refused request takes none.
  mutating func take(_ limit: Plan.RateLimit, at now: Timestamp) -> Decision {
    guard limit.enabled else {
      return Decision(isAllowed: true, remaining: limit.requestsPerSecond)
    }
    if limit.refill != refill {
      self = RateLimiter()
      refill = limit.refill
    }
    return switch limit.refill {
    case .interval: takeInterval(Int64(limit.requestsPerSecond), now)
    case .continuous: takeContinuous(Int64(limit.requestsPerSecond), now)
    }
  }

  private mutating func takeInterval(_ capacity: Int64, _ now: Timestamp) -> Decision {
    // A request whose time was read just before a new window began counts in the new window.
    if now.seconds > window {
      window = now.seconds
      used = 0
    }
    guard used < capacity else { return Decision(isAllowed: false, remaining: 0) }
    used += 1
    return Decision(isAllowed: true, remaining: Int(capacity - used))
  }

  private static let token: Int64 = 1_000_000_000

  private mutating func takeContinuous(_ capacity: Int64, _ now: Timestamp) -> Decision {
    used = outstanding(capacity, now)
    window = max(window, now.nanoseconds)
    guard used + Self.token <= capacity * Self.token else {
      return Decision(isAllowed: false, remaining: 0)
    }
    used += Self.token
    return Decision(isAllowed: true, remaining: Self.whole(capacity, without: used))
  }

  /// The tokens that the continuous refill has not yet given back, in billionths.
  private func outstanding(_ capacity: Int64, _ now: Timestamp) -> Int64 {
    let elapsed = window == .min ? 0 : min(max(0, now.nanoseconds - window), Self.token)
    // After a limit was lowered, at most one full bucket remains to be refilled.
    return max(0, min(used, capacity * Self.token) - elapsed * capacity)
  }

  private static func whole(_ capacity: Int64, without used: Int64) -> Int {
    Int(capacity - (used + token - 1) / token)
  }

  /// The whole tokens left, without taking one; nil when the bucket is full or the limit is off.
  func remaining(_ limit: Plan.RateLimit, at now: Timestamp) -> Int? {
    guard limit.enabled, limit.refill == refill else { return nil }
    let capacity = Int64(limit.requestsPerSecond)
    switch limit.refill {
    case .interval:
      return used > 0 && now.seconds <= window ? Int(max(0, capacity - used)) : nil
    case .continuous:
      let used = outstanding(capacity, now)
      return used > 0 ? Self.whole(capacity, without: used) : nil
    }
  }
}
