import CloroContract
import HTTPServer

/// An authenticated request on its way, with all that its answer must say.
struct Call: Sendable {
  let key: APIKey
  /// The settings that hold for this request from beginning to end.
  let settings: OrganizationSettings
  let endpoint: Endpoint
  /// The path as sent.
  let path: String
  /// Whether the answer carries credits and slots: the path lies below `/v1/monitor/`, and it is
  /// not the free resolving of a link.
  let isMonitor: Bool
  let rate: RateLimiter.Decision
  /// Names the request in the ledger and in headers.
  let requestID: Identifier
  /// What the key's answers start from.
  let identity: UInt64
  /// Decides the request's own draws, such as its latency.
  let seed: UInt64
  let arrival: Timestamp
  let responder: Responder

  var organization: Organization { key.organization }

  /// Decides an answer: the same key, question and seed give the same one.
  func resultSeed(of request: MonitorRequest) -> UInt64 {
    var hash = StableHash(seed: identity)
    hash.combine(request.provider.rawValue)
    hash.combine(request.question)
    hash.combine(request.country)
    return hash.value
  }

  /// The double's address as the client knows it, right behind a mapped port too; empty when no
  /// result needs it.
  ///
  /// - Parameter bound: The address that was bound, for a request that names none.
  func origin(of http: HTTPRequest, for request: MonitorRequest, bound: BoundAddress) -> String {
    guard request.include.contains(.html) else { return "" }
    guard let host = http.fields["Host"], !host.isEmpty else { return bound.url }
    return "http://\(host)"
  }
}

/// What the headers of a monitor answer say beside the rate.
struct MonitorState: Sendable {
  var stage: HeaderPolicy.Stage
  var usage: ConcurrencySlots.Usage
  /// The balance after the request.
  var balance: Int64
  var charged: Int64 = 0
}

extension HTTPFields {
  /// The documented fields of an answer, in the order rate, concurrency, credits, identity.
  ///
  /// - Parameters:
  ///   - monitor: What a monitor endpoint adds; nil elsewhere.
  ///   - now: The time of the answer.
  init(_ call: Call, monitor: MonitorState?, now: Timestamp) {
    let policy = HeaderPolicy.policy(of: call.settings.contract)
    self.init()
    reserveCapacity(320)
    append("Content-Type", "application/json")
    append(policy.rateLimit, Int64(call.settings.plan.rateLimit.requestsPerSecond))
    append(policy.rateRemaining, Int64(call.rate.remaining))
    if let monitor {
      if monitor.stage >= policy.concurrencyFrom {
        append(policy.concurrencyLimit, Int64(monitor.usage.limit))
        append(policy.concurrencyCurrent, Int64(monitor.usage.current))
        append(policy.concurrencyRemaining, Int64(monitor.usage.remaining))
      }
      if monitor.stage >= policy.creditsFrom {
        append(policy.creditsRemaining, monitor.balance)
        append(policy.creditsCharged, monitor.charged)
      }
    }
    if policy.identifiesRequests {
      appendIdentity(
        policy, requestID: call.requestID.text,
        latency: now.milliseconds - call.arrival.milliseconds)
    }
  }

  /// The fields of an answer to a request without a valid key.
  init(unauthenticated policy: HeaderPolicy, requestID: @autoclosure () -> String) {
    self.init()
    append("Content-Type", "application/json")
    if policy.identifiesRequests { appendIdentity(policy, requestID: requestID(), latency: 0) }
  }

  private mutating func appendIdentity(_ policy: HeaderPolicy, requestID: String, latency: Int64) {
    append(policy.requestID, requestID)
    append(policy.latency, latency)
  }
}
