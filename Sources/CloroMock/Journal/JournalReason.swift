import CloroContract

/// Why a request was answered as it was: the rule that decided, with its numbers.
struct JournalReason: Sendable {
  /// The rules by name, in the order of admission.
  enum Rule: String, Sendable, CaseIterable {
    case malformed
    case proxy
    case authentication
    case rateLimit = "rate limit"
    case route
    case unavailable
    case validation
    case idempotency
    case queue
    case credits
    case concurrency
    case task
    case upstream
    case attempt
    case fault
    case stub
    case clientGone = "client gone"
    case ledger
    case answered

    /// Whether the request was answered as asked. A comparison by `==` would compare names.
    var isAnswered: Bool { if case .answered = self { true } else { false } }

    /// The name as a label of the metrics.
    var label: String { String(rawValue.map { $0 == " " ? "_" : $0 }) }
  }

  /// The facts on which a rule decided.
  enum Facts: Sendable {
    /// An answer and its price, with the balance after it.
    case charged(Int64, balance: Int64)
    /// An answer that costs nothing.
    case free
    /// A submission: the tasks that were queued, and those that were refused.
    case queued(Int, refused: Int)
    /// The bytes were no valid request; carries what was wrong with them.
    case malformed(String)
    /// A tunnel to another host was opened.
    case tunnelled
    /// What was meant for a proxy is refused; carries why.
    case proxy(String)
    /// An error that needs no further facts.
    case error(APIError)
    case keyRevoked
    /// The key was removed, or its organization reset, while the request ran.
    case keyRemoved
    /// The bucket was empty; carries the second of the window.
    case rate(Plan.RateLimit, window: Int64, Endpoint)
    /// The path supports other methods.
    case methods([String])
    case credits(balance: Int64, price: Int64)
    case slots(ConcurrencySlots.Usage, ConcurrencySlots.Holders)
    /// The client had left before the answer; carries what was charged for it.
    case clientGone(charged: Int64)
    /// The ledger failed.
    case ledger(String)
    /// A fault replaced the answer.
    case fault
    /// The answer was a stub's error.
    case stub
    /// No stub answers the question, and the double is strict.
    case noStub
  }

  let facts: Facts
  /// The faults and stubs that affected the request, e.g. `fault-3 (latency)`.
  var influences: [String] = []

  init(_ facts: Facts, influences: [String] = []) {
    self.facts = facts
    self.influences = influences
  }

  var rule: Rule {
    switch facts {
    case .charged, .free, .queued, .tunnelled: .answered
    case .malformed: .malformed
    case .proxy: .proxy
    case .error(let error): Self.rule(of: error)
    case .keyRevoked, .keyRemoved: .authentication
    case .rate: .rateLimit
    case .methods: .route
    case .credits: .credits
    case .slots: .concurrency
    case .clientGone: .clientGone
    case .ledger: .ledger
    case .fault: .fault
    case .stub, .noStub: .stub
    }
  }

  private static func rule(of error: APIError) -> Rule {
    switch error {
    case .missingAPIKey, .invalidAPIKeyFormat, .invalidOrExpiredAPIKey, .insufficientPermissions:
      .authentication
    case .rateLimitExceeded: .rateLimit
    case .routeNotFound: .route
    case .validationFailed, .submissionInvalid: .validation
    case .modelUnavailable: .unavailable
    case .insufficientCredits: .credits
    case .concurrencyLimitExceeded: .concurrency
    case .taskExists: .idempotency
    case .taskNotFound: .task
    case .queueLimitExceeded: .queue
    case .externalService, .serviceUnavailable: .upstream
    case .internalError: .ledger
    case .retriesExceeded, .attemptTimedOut, .taskRetriesExceeded: .attempt
    case .undocumented: .fault
    case .canceled: .clientGone
    case .reworded(let error, _): rule(of: error)
    }
  }

  /// `rule: facts`, then the faults and stubs.
  var text: String {
    var text = "\(rule.rawValue): \(JournalReasonText.text(of: facts))"
    if facts.isInfluence { text = "\(rule.rawValue):" }
    if !influences.isEmpty {
      text += (facts.isInfluence ? " " : "; ") + influences.joined(separator: ", ")
    }
    return text
  }
}

extension JournalReason.Facts {
  /// Whether the fault or stub itself is the whole reason.
  fileprivate var isInfluence: Bool {
    switch self {
    case .fault, .stub: true
    default: false
    }
  }
}
