import CloroContract
import JSON
import Simulation

/// Reads what faults and stubs have in common.
enum RuleReader {
  /// What a rule may be matched by.
  enum Condition: String {
    case key
    case path
    case provider
    case prompt
    case country
    case nth
  }

  /// The errors that a rule may name, by the status that they have in every revision: the first is the
  /// default.
  static let errors: [Int64: [APIError]] = Dictionary(
    grouping: [
      .modelUnavailable("requested"), .invalidOrExpiredAPIKey, .missingAPIKey,
      .invalidAPIKeyFormat, .insufficientCredits, .insufficientPermissions, .routeNotFound("/v1"),
      .taskExists(idempotencyKey: "fault"), .rateLimitExceeded,
      .concurrencyLimitExceeded(limit: 0),
      .queueLimitExceeded(queued: 100_000, batch: 1, limit: 100_000), .canceled, .internalError,
      .retriesExceeded, .upstreamFailed, .serviceUnavailable,
    ]
  ) { Int64($0.form(in: .july2026).status) }

  /// Reads the member `match`.
  ///
  /// - Parameter conditions: Which conditions the rule knows.
  static func match(_ reader: inout ObjectReader, of conditions: [Condition]) -> RuleMatch {
    var match = RuleMatch()
    guard var inner = reader.reader("match") else { return match }
    for condition in conditions {
      switch condition {
      case .key: match.key = inner.string("key")
      case .path: match.path = inner.string("path")
      case .provider: match.provider = inner.choice("provider", of: Provider.self)
      case .prompt: match.prompt = TextMatch.read("prompt", &inner)
      case .country:
        match.country = inner.member(
          "country", expected: "an ISO 3166-1 alpha-2 code in capitals"
        ) { json in json.string.flatMap { Country.isKnown($0) ? $0 : nil } }
      case .nth: match.nth = inner.integer("nth", in: 1...1_000_000_000).map { Int($0) }
      }
    }
    inner.finish()
    return match
  }

  /// Reads the member `times`.
  static func times(_ reader: inout ObjectReader) -> Int? {
    reader.integer("times", in: 1...1_000_000_000).map { Int($0) }
  }

  /// Reads `status`, `code`, `message` and `retryAfter` of a documented error.
  static func error(
    _ reader: inout ObjectReader
  ) -> (error: APIError?, retryAfter: Int64?) {
    reader.require("status")
    let statuses = errors.keys.sorted().map(String.init).joined(separator: ", ")
    let status = reader.member("status", expected: "one of \(statuses)") { json in
      json.integer.flatMap { errors[$0] == nil ? nil : $0 }
    }
    let code = reader.string("code")
    let message = reader.string("message")
    let retryAfter = reader.integer("retryAfter", in: 0...86_400)
    guard let status, let candidates = errors[status] else { return (nil, retryAfter) }
    let coded = candidates.filter { error in
      code == nil || ContractRevision.allCases.contains { error.form(in: $0).code == code }
    }
    guard let usual = coded.first else {
      let known = Set(candidates.map { $0.form(in: .july2026).code }).sorted()
      reader.fail(
        "code", "is no documented error of \(status); allowed: \(known.joined(separator: ", "))")
      return (nil, retryAfter)
    }
    guard let message else { return (usual, retryAfter) }
    let documented = coded.first { error in
      ContractRevision.allCases.contains { error.form(in: $0).message == message }
    }
    return (documented ?? .reworded(usual, message: message), retryAfter)
  }
}

extension ObjectReader {
  /// Reads a member such as `250ms` or `uniform(1s,3s)`.
  mutating func latency(_ name: String) -> LatencyDistribution? {
    member(name, expected: LatencyDistribution.expected) { json in
      json.string.flatMap(LatencyDistribution.init)
    }
  }
}

extension ObjectMember {
  /// The text of a latency.
  static func latency(
    _ name: String, _ property: WritableKeyPath<Root, String?> & Sendable
  ) -> ObjectMember {
    value(
      name, property, expected: LatencyDistribution.expected, from: { $0.string },
      json: { .string($0) }, where: { LatencyDistribution($0) != nil })
  }
}

extension APIError {
  /// The error with the details of the request or task that a rule lets fail.
  func concrete(for subject: RuleSubject, concurrency: Int) -> APIError {
    switch self {
    case .concurrencyLimitExceeded: .concurrencyLimitExceeded(limit: concurrency)
    case .routeNotFound: .routeNotFound(subject.path)
    case .modelUnavailable: .modelUnavailable(subject.provider?.rawValue ?? "requested")
    case .reworded(let error, let message):
      .reworded(error.concrete(for: subject, concurrency: concurrency), message: message)
    default: self
    }
  }
}
