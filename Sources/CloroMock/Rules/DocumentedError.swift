import CloroContract
import HTTPServer
import JSON

/// An error as a rule specifies it: one of the contract's, or another one of its status.
struct DocumentedError: Sendable, Hashable {
  var status: Int?
  /// The error's code, if its status has several errors; nil for the usual one.
  var code: String?
  /// Another message; nil keeps the error's own.
  var message: String?
  /// Seconds for `Retry-After`; nil sends none.
  var retryAfter: Int?

  /// The contract's errors that a rule may name, by status. An error's status is the same in every
  /// revision; the first one is the default.
  static let errors: [Int: [APIError]] = Dictionary(
    grouping: [
      .modelUnavailable("requested"), .invalidOrExpiredAPIKey, .missingAPIKey,
      .invalidAPIKeyFormat, .insufficientCredits, .insufficientPermissions, .routeNotFound("/v1"),
      .taskExists(idempotencyKey: "fault"), .rateLimitExceeded,
      .concurrencyLimitExceeded(limit: 0),
      .queueLimitExceeded(queued: 100_000, batch: 1, limit: 100_000), .canceled, .internalError,
      .retriesExceeded, .attemptTimedOut, .upstreamFailed, .serviceUnavailable,
    ]
  ) { $0.form(in: .july2026).status }

  /// The statuses that a rule may send as an error.
  static let statuses: ClosedRange<Int64> = 400...599

  /// How an error is written.
  static let members: [ObjectMember<DocumentedError>] =
    [.integer("status", \.status, in: statuses)] + details

  /// The members beside the status.
  static let details: [ObjectMember<DocumentedError>] = [
    .text("code", \.code),
    .text("message", \.message),
    .integer("retryAfter", \.retryAfter, in: 0...86_400),
  ]

  /// The specified error; nil when there is none, which is noted as a problem.
  func found(at place: ObjectPlace) -> APIError? {
    guard let status, Self.statuses.contains(Int64(status)) else { return nil }
    guard let candidates = Self.errors[status] else { return undocumented(status) }
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
    // What isn't found depends on the path, but a message that is asked for stays.
    if case .routeNotFound = usual { return .reworded(usual, message: message) }
    let documented = coded.first { error in
      ContractRevision.allCases.contains { error.form(in: $0).message == message }
    }
    return documented ?? .reworded(usual, message: message)
  }

  /// An error of a status for which the contract has none. Code and message say by default what the
  /// status means, e.g. `GATEWAY_TIMEOUT` and `Gateway timeout`. [chosen]
  private func undocumented(_ status: Int) -> APIError {
    // The contract has this status for a task that was refused, with the fields that are wrong.
    let isInvalid = status == 422
    let phrase = HTTPResponse.phrase(of: status).map { "\($0)" } ?? "Status \(status)"
    let usual =
      isInvalid
      ? (code: "VALIDATION_ERROR", message: "Request validation failed")
      : (
        code: String(phrase.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }),
        message: String(phrase.prefix(1)) + phrase.dropFirst().lowercased()
      )
    return .undocumented(
      status: status, code: code ?? usual.code, message: message ?? usual.message)
  }
}

extension APIError {
  /// The error with the details of the request or task that the rule applies to.
  func concrete(for subject: RuleSubject, concurrency: Int) -> APIError {
    switch self {
    case .concurrencyLimitExceeded: .concurrencyLimitExceeded(limit: concurrency)
    // Where a task is asked for, what isn't found is the task.
    case .routeNotFound, .taskNotFound:
      subject.task.map { .taskNotFound($0) } ?? .routeNotFound(subject.path)
    case .modelUnavailable: .modelUnavailable(subject.provider?.rawValue ?? "requested")
    case .reworded(let error, let message):
      .reworded(error.concrete(for: subject, concurrency: concurrency), message: message)
    default: self
    }
  }
}
