import CloroContract
import JSON

/// One of the contract's errors, as a rule specifies it.
struct DocumentedError: Sendable, Hashable {
  var status: Int?
  /// The error's code, if its status has several errors; nil for the usual one.
  var code: String?
  /// Another message; nil keeps the error's own.
  var message: String?
  /// Seconds for `Retry-After`; nil sends none.
  var retryAfter: Int?

  /// The errors that a rule may name, by status. An error's status is the same in every revision;
  /// the first one is the default.
  static let errors: [Int: [APIError]] = Dictionary(
    grouping: [
      .modelUnavailable("requested"), .invalidOrExpiredAPIKey, .missingAPIKey,
      .invalidAPIKeyFormat, .insufficientCredits, .insufficientPermissions, .routeNotFound("/v1"),
      .taskExists(idempotencyKey: "fault"), .rateLimitExceeded,
      .concurrencyLimitExceeded(limit: 0),
      .queueLimitExceeded(queued: 100_000, batch: 1, limit: 100_000), .canceled, .internalError,
      .retriesExceeded, .upstreamFailed, .serviceUnavailable,
    ]
  ) { $0.form(in: .july2026).status }

  /// How an error is written.
  static let members: [ObjectMember<DocumentedError>] = [
    .value(
      "status", \.status,
      expected: "one of \(errors.keys.sorted().map(String.init).joined(separator: ", "))",
      from: { $0.integer.map { Int($0) } }, json: { JSON($0) }, where: { errors[$0] != nil }),
    .text("code", \.code),
    .text("message", \.message),
    .integer("retryAfter", \.retryAfter, in: 0...86_400),
  ]

  /// The specified error; nil when there is none, which is noted as a problem.
  func found(at place: ObjectPlace) -> APIError? {
    guard let status, let candidates = Self.errors[status] else { return nil }
    let coded = candidates.filter { error in
      code == nil || ContractRevision.allCases.contains { error.form(in: $0).code == code }
    }
    guard let usual = coded.first else {
      let known = Set(candidates.map { $0.form(in: .july2026).code }).sorted()
      place.fail(
        "code", "is no documented error of \(status); allowed: \(known.joined(separator: ", "))")
      return nil
    }
    guard let message else { return usual }
    let documented = coded.first { error in
      ContractRevision.allCases.contains { error.form(in: $0).message == message }
    }
    return documented ?? .reworded(usual, message: message)
  }
}

extension APIError {
  /// The error with the details of the request or task that the rule applies to.
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
