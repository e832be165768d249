import CloroContract
import HTTPServer
import Simulation

/// What the headers of a monitor's answer report, apart from the rate.
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
  ///   - monitor: What a monitor endpoint adds; nil for other endpoints.
  ///   - now: The time of the answer.
  ///   - isRateExceeded: Whether the headers report that no token is left, even if the bucket has
  ///     some.
  ///   - content: What the body is. The default is JSON.
  init(
    _ call: Call, monitor: MonitorState?, now: Timestamp, isRateExceeded: Bool = false,
    content: Content = .json
  ) {
    let policy = HeaderPolicy.policy(of: call.settings.contract)
    self.init(upTo: Self.documentedBytes + content.byteCount) { lines in
      switch content {
      case .json: lines.append("Content-Type", literal: "application/json")
      case .other(let type): lines.append("Content-Type", type)
      case .none: break
      }
      lines.append(policy.rateLimit, Int64(call.settings.plan.rateLimit.requestsPerSecond))
      lines.append(policy.rateRemaining, isRateExceeded ? 0 : Int64(call.rate.remaining))
      if let monitor {
        if monitor.stage >= policy.concurrencyFrom {
          lines.append(policy.concurrencyLimit, Int64(monitor.usage.limit))
          lines.append(policy.concurrencyCurrent, Int64(monitor.usage.current))
          lines.append(policy.concurrencyRemaining, Int64(monitor.usage.remaining))
        }
        if monitor.stage >= policy.creditsFrom {
          lines.append(policy.creditsRemaining, monitor.balance)
          lines.append(policy.creditsCharged, monitor.charged)
        }
      }
      if policy.identifiesRequests {
        lines.appendIdentity(
          policy, requestID: call.requestID.text,
          latency: now.milliseconds - call.arrival.milliseconds)
      }
    }
  }

  /// The fields of an answer to a request without a valid key.
  init(unauthenticated policy: HeaderPolicy, requestID: @autoclosure () -> String) {
    self.init(upTo: Self.documentedBytes) { lines in
      lines.append("Content-Type", literal: "application/json")
      if policy.identifiesRequests {
        lines.appendIdentity(policy, requestID: requestID(), latency: 0)
      }
    }
  }

  /// What a body is.
  enum Content: Sendable {
    case json
    /// Another media type.
    case other(String)
    /// There is no body.
    case none

    /// An upper bound of what its field adds.
    fileprivate var byteCount: Int {
      if case .other(let type) = self { type.utf8.count } else { 0 }
    }
  }

  /// The size of all documented fields with their longest values, and some room for the fields that
  /// an answer adds.
  private static let documentedBytes = 512
}

extension HTTPFieldLines {
  fileprivate mutating func appendIdentity(
    _ policy: HeaderPolicy, requestID: String, latency: Int64
  ) {
    append(policy.requestID, requestID)
    append(policy.latency, latency)
  }
}
