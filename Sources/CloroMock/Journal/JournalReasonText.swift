import CloroContract
import Simulation

/// The texts of the journal's reasons.
enum JournalReasonText {
  static func text(of facts: JournalReason.Facts) -> String {
    switch facts {
    case .charged(let price, let balance):
      "price \(grouped(price)), balance \(grouped(balance)) after it"
    case .free: "free of charge"
    case .tunnelled: "another host, let through"
    case .queued(let count, let refused):
      "\(grouped(Int64(count))) queued" + (refused > 0 ? ", \(refused) refused" : "")
    case .malformed(let reason), .proxy(let reason): reason
    case .error(let error): text(of: error)
    case .keyRevoked: "the key is revoked"
    case .keyRemoved: "the key was removed, or its organization reset, while the request ran"
    case .rate(let limit, let window, let endpoint): rate(limit, window, endpoint)
    case .methods(let methods): "the path has \(methods.joined(separator: ", ")) only"
    case .credits(let balance, let price): "balance \(grouped(balance)), price \(grouped(price))"
    case .slots(let usage, let holders): slots(usage, holders)
    case .clientGone(let charged):
      "the connection ended before the answer, which was "
        + (charged > 0 ? "charged all the same: \(grouped(charged))" : "free of charge")
    case .ledger(let reason): reason
    case .fault, .stub: ""
    case .noStub: "none answers the question, and no other answer may"
    }
  }

  private static func text(of error: APIError) -> String {
    switch error {
    case .missingAPIKey: "no Authorization field with the scheme Bearer"
    case .invalidAPIKeyFormat: "the token is not \(APIKeyFormat.expected)"
    case .invalidOrExpiredAPIKey: "the key is unknown"
    case .insufficientPermissions: "insufficient permissions"
    case .routeNotFound(let path): "there is no operation \(path)"
    case .validationFailed(let issues), .submissionInvalid(let issues):
      issues.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }
        .joined(separator: "; ")
    case .modelUnavailable(let name): "the plan lists \(name) as unavailable"
    case .taskExists(let key): "a task has the idempotency key \"\(key)\" already"
    case .taskNotFound(let id): "this organization has no task \(id)"
    case .queueLimitExceeded(let queued, let batch, let limit):
      "\(grouped(Int64(queued))) of \(grouped(Int64(limit))) queued, "
        + "\(grouped(Int64(batch))) more sent"
    case .externalService(_, let message), .reworded(_, let message),
      .undocumented(_, _, let message):
      message
    case .rateLimitExceeded, .insufficientCredits, .concurrencyLimitExceeded, .internalError,
      .retriesExceeded, .attemptTimedOut, .taskRetriesExceeded, .canceled, .serviceUnavailable:
      error.form(in: .october2026).message
    }
  }

  private static func rate(
    _ limit: Plan.RateLimit, _ window: Int64, _ endpoint: Endpoint
  ) -> String {
    let count = grouped(Int64(limit.requestsPerSecond))
    let operation =
      endpoint.kind == .unknown ? "unknown operations" : "\(endpoint.method) \(endpoint.path)"
    guard limit.refill == .interval else {
      return "bucket empty, \(count) a second to \(operation)"
    }
    let time = Timestamp(milliseconds: window * 1000).text.dropFirst(11).prefix(8)
    return "window \(time)Z, \(count) of \(count) to \(operation)"
  }

  private static func slots(
    _ usage: ConcurrencySlots.Usage, _ holders: ConcurrencySlots.Holders
  ) -> String {
    let text = "slots \(grouped(Int64(holders.count))) of \(grouped(Int64(usage.limit)))"
    guard let oldest = holders.first.first else { return text }
    // All of many would be a wall of identifiers.
    guard holders.count == holders.first.count else {
      return "\(text), held longest by \(name(of: oldest)); all of them: \(allRunning)"
    }
    var requests: [String] = []
    var tasks: [String] = []
    for holder in holders.first {
      switch holder {
      case .request(let id): requests.append(id.text)
      case .task(let id): tasks.append(id.text)
      }
    }
    let names = [("request", requests), ("task", tasks)].filter { !$0.1.isEmpty }.map { kind, ids in
      "\(kind)\(ids.count > 1 ? "s" : "") \(ids.joined(separator: ", "))"
    }
    return "\(text) held by \(names.joined(separator: " and "))"
  }

  /// Where all requests that run are listed.
  private static let allRunning = "GET /_mock/requests?state=running"

  private static func name(of holder: SlotHolder) -> String {
    switch holder {
    case .request(let id): "request \(id.text)"
    case .task(let id): "task \(id.text)"
    }
  }

  /// Decimal digits in groups of three: `250,000`.
  static func grouped(_ number: Int64) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return number < 0 ? "-" + text : text
  }
}
