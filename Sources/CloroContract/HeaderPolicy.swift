/// The response fields of a revision and where they are sent (2026-07, section 3 with the rulings
/// of the contract's README; 2026-10, section 2).
public struct HeaderPolicy: Sendable {
  /// The stage that a request to a monitor endpoint has reached.
  public enum Stage: Int, Sendable, Comparable {
    case authenticated
    /// The body has passed validation.
    case validated
    /// The answer is a success.
    case answered

    public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
  }

  public let concurrencyLimit: StaticString
  public let concurrencyCurrent: StaticString
  public let concurrencyRemaining: StaticString
  /// The stage from which the three concurrency fields are sent.
  public let concurrencyFrom: Stage
  /// The stage from which the two credit fields are sent.
  public let creditsFrom: Stage
  /// Whether every response carries `X-Request-ID` and `X-Latency-Ms`.
  public let identifiesRequests: Bool

  public let rateLimit: StaticString = "X-RateLimit-Limit"
  public let rateRemaining: StaticString = "X-RateLimit-Remaining"
  public let creditsRemaining: StaticString = "X-Credits-Remaining"
  public let creditsCharged: StaticString = "X-Credits-Charged"
  public let requestID: StaticString = "X-Request-ID"
  public let latency: StaticString = "X-Latency-Ms"

  /// The fields of a revision.
  public static func policy(of revision: ContractRevision) -> HeaderPolicy {
    switch revision {
    case .july2026: july
    case .october2026: october
    }
  }

  private static let july = HeaderPolicy(
    concurrencyLimit: "X-Concurrent-Limit", concurrencyCurrent: "X-Concurrent-Current",
    concurrencyRemaining: "X-Concurrent-Remaining", concurrencyFrom: .authenticated,
    creditsFrom: .authenticated, identifiesRequests: false)

  private static let october = HeaderPolicy(
    concurrencyLimit: "X-Concurrency-Limit", concurrencyCurrent: "X-Concurrency-Current",
    concurrencyRemaining: "X-Concurrency-Remaining", concurrencyFrom: .validated,
    creditsFrom: .answered, identifiesRequests: true)
}
