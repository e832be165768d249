import CloroContract
import JSON
import Logging

/// A request as one line of the log: `POST /v1/monitor/chatgpt 429 CONCURRENT_LIMIT_EXCEEDED 20/20
/// slots`.
struct RequestLine {
  /// The log source of these lines, by which a log handler recognizes them.
  static let source = "requests"

  let entry: JournalEntry

  var text: String {
    let status = entry.status.map(String.init) ?? "---"
    let words = [entry.method, entry.path, status, code ?? "", detail]
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The same as metadata. The journal has further details.
  var metadata: Logger.Metadata {
    var metadata: Logger.Metadata = [
      "method": "\(entry.method)", "path": "\(entry.path)",
      "reason": "\(entry.reason.text)",
    ]
    if let status = entry.status { metadata["status"] = "\(status)" }
    if let code { metadata["code"] = "\(code)" }
    if let key = entry.key {
      metadata["organization"] = "\(key.organization.name)"
      metadata["key"] = "\(key.text.suffix(4))"
    }
    return metadata
  }

  /// The code of the error that was answered; nil for a success.
  private var code: String? {
    let revision = entry.key?.organization.settings.contract ?? .july2026
    return error.map { $0.form(in: revision).code }
  }

  private var error: APIError? {
    switch entry.reason.facts {
    case .charged, .free, .queued, .tunnelled, .malformed, .proxy, .fault, .stub: nil
    case .error(let error): error
    case .keyRevoked, .keyRemoved: .invalidOrExpiredAPIKey
    case .rate: .rateLimitExceeded
    case .methods: .routeNotFound(entry.path)
    case .credits: .insufficientCredits
    case .slots(let usage, _): .concurrencyLimitExceeded(limit: usage.limit)
    case .clientGone: .canceled
    case .ledger: .internalError
    case .noStub: .noStub
    }
  }

  private var detail: String {
    switch entry.reason.facts {
    case .charged(let price, let balance):
      "\(price) credits, \(JournalReasonText.grouped(balance)) left"
    case .slots(let usage, let holders): "\(holders.count)/\(usage.limit) slots"
    case .rate(let limit, _, _): "\(limit.requestsPerSecond) a second"
    case .credits(let balance, let price):
      "balance \(JournalReasonText.grouped(balance)), price \(price)"
    case .fault, .stub: entry.reason.influences.joined(separator: ", ")
    case .malformed(let reason), .proxy(let reason): reason
    case .queued(let count, let refused):
      "\(count) queued" + (refused > 0 ? ", \(refused) refused" : "")
    case .free, .tunnelled, .error, .keyRevoked, .keyRemoved, .methods, .clientGone, .ledger,
      .noStub:
      ""
    }
  }
}
