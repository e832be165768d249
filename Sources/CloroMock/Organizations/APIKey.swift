import CloroContract
import Synchronization

/// A customer's key, with its rate-limit buckets and its own count of requests.
final class APIKey: Sendable {
  private struct State {
    /// One bucket for each operation, by ``Endpoint/index``.
    var limiters = [RateLimiter](repeating: RateLimiter(), count: Endpoint.all.count)
    var requestNumber: UInt64 = 0
  }

  /// What the limiter says of a request, and the request's number.
  struct Admission {
    let rate: RateLimiter.Decision
    let requestNumber: UInt64
  }

  let text: String
  let organization: Organization
  private let revoked: Atomic<Bool>
  private let state = Mutex(State())

  init(_ text: String, organization: Organization, isRevoked: Bool = false) {
    self.text = text
    self.organization = organization
    revoked = Atomic(isRevoked)
  }

  var isRevoked: Bool {
    get { revoked.load(ordering: .relaxed) }
    set { revoked.store(newValue, ordering: .relaxed) }
  }

  /// Counts a request and asks its endpoint's bucket for a token.
  func admit(to endpoint: Endpoint, limit: Plan.RateLimit, at now: Timestamp) -> Admission {
    state.withLock { state in
      state.requestNumber += 1
      return Admission(
        rate: state.limiters[endpoint.index].take(limit, at: now),
        requestNumber: state.requestNumber)
    }
  }

  /// What the identifiers and draws of this key's requests start from.
  func identity(seed: UInt64) -> UInt64 {
    var hash = StableHash(seed: seed)
    hash.combine(text)
    return hash.value
  }
}
