import CloroContract
import HTTPServer
import Simulation

/// A request on its way, before anything is known of it.
struct Exchange: Sendable {
  let request: HTTPRequest
  let arrival: Timestamp
  let responder: Responder
}

/// An authenticated request on its way, with all that its answer must say.
///
/// A class, because it goes through many closures and never changes.
final class Call: Sendable {
  let exchange: Exchange
  let key: APIKey
  /// The settings that hold for this request from beginning to end.
  let settings: OrganizationSettings
  let endpoint: Endpoint
  private let admission: APIKey.Admission
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
  /// The faults that have had a hand in it so far, for the journal.
  let influences: [String]

  init(
    exchange: Exchange, key: APIKey, settings: OrganizationSettings, endpoint: Endpoint,
    admission: APIKey.Admission, influences: [String] = []
  ) {
    self.admission = admission
    self.influences = influences
    self.exchange = exchange
    self.key = key
    self.settings = settings
    self.endpoint = endpoint
    isMonitor =
      switch endpoint.kind {
      case .monitor: true
      case .unknown: exchange.request.path.hasPrefix("/v1/monitor/")
      default: false
      }
    rate = admission.rate
    identity = admission.identity
    seed = SeededRandom.mix(admission.identity &+ admission.requestNumber)
    requestID = Identifier(seed)
  }

  /// The same call with faults that have had a hand in it.
  func influenced(by influences: [String]) -> Call {
    Call(
      exchange: exchange, key: key, settings: settings, endpoint: endpoint, admission: admission,
      influences: influences)
  }

  var organization: Organization { key.organization }
  var request: HTTPRequest { exchange.request }
  /// The path as sent.
  var path: String { exchange.request.path }
  var arrival: Timestamp { exchange.arrival }
  var responder: Responder { exchange.responder }

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
  func origin(for question: MonitorRequest, bound: BoundAddress) -> String {
    guard question.include.contains(.html) else { return "" }
    guard let host = request.fields["Host"], !host.isEmpty else { return bound.url }
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
  ///   - isRateExceeded: Whether it says that no token is left, whatever the bucket holds.
  init(_ call: Call, monitor: MonitorState?, now: Timestamp, isRateExceeded: Bool = false) {
    let policy = HeaderPolicy.policy(of: call.settings.contract)
    self.init(upTo: Self.documentedBytes) { lines in
      lines.append("Content-Type", literal: "application/json")
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

  /// All documented fields with the longest values, and some room for what an answer adds.
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
