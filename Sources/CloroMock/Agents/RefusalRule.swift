import CloroContract
import JSON

/// Which rule of the contract a refusal follows, and what would have avoided it.
struct RefusalRule: Sendable, Equatable {
  /// The rule's identifier in the list of the contract's rules (`Fixtures/conformance.json`).
  let id: String
  /// What the client, or the test, can do about it.
  let advice: String

  /// The rule behind an answer's reason; nil when no rule of the contract decided, but a fault, a
  /// stub or the double itself.
  init?(_ reason: JournalReason, in revision: ContractRevision) {
    switch reason.facts {
    case .error(let error): self.init(error, in: revision)
    case .keyRevoked, .keyRemoved: self.init(.invalidOrExpiredAPIKey, in: revision)
    case .rate: self.init(.rateLimitExceeded, in: revision)
    case .methods:
      self.init("routes.wrong-method", "Use a method that the answer's Allow field lists.")
    case .credits: self.init(.insufficientCredits, in: revision)
    case .slots: self.init(.concurrencyLimitExceeded(limit: 0), in: revision)
    case .clientGone: self.init(.canceled, in: revision)
    case .charged, .free, .queued, .malformed, .tunnelled, .proxy, .ledger, .fault, .stub,
      .noStub:
      return nil
    }
  }

  /// The rule behind an error of the contract; nil for what no rule of it uses.
  init?(_ error: APIError, in revision: ContractRevision) {
    let july = revision == .july2026
    switch error.documented {
    case .missingAPIKey:
      self.init("auth.missing", "Send the key as Authorization: Bearer KEY, spelt exactly so.")
    case .invalidAPIKeyFormat:
      self.init("auth.format", "Send a whole key as mint_key gives it; journals show only its end.")
    case .invalidOrExpiredAPIKey:
      self.init("auth.unknown", "Mint a key with mint_key, or undo its revocation by change_key.")
    case .rateLimitExceeded:
      self.init(
        "rate-limit.exact",
        "Send fewer requests in a second to one endpoint; wait for the next second of the clock, "
          + "or give more by change_key {key, requestsPerSecond}.")
    case .routeNotFound(let path):
      self.init(
        path.hasPrefix("/v1/") ? "routes.unknown" : "routes.outside",
        "Use a path of the description: POST /v1/monitor/{provider}, /v1/async/task and others.")
    case .validationFailed:
      self.init(
        "validation.sync-status", "Correct the members that the answer lists; all are named.")
    case .submissionInvalid:
      self.init(
        july ? "validation.async-422" : "validation.async-400",
        "Correct the members that the answer lists; all are named.")
    case .modelUnavailable:
      self.init(
        "admission.model-unavailable",
        "Ask another provider, or a plan that doesn't list it as unavailable.")
    case .insufficientCredits:
      self.init(
        "credits.insufficient",
        "The balance has to cover the whole price: change_key {key, addCredits}, or ask for less.")
    case .concurrencyLimitExceeded:
      self.init(
        "concurrency.hard-limit",
        "Wait until a running request has ended, and ask no more at a time than "
          + "X-Concurrent-Limit says; or give more by change_key {key, concurrency}, or submit a "
          + "task, which is queued.")
    case .taskExists:
      self.init("async.key-unique", "Use another idempotencyKey, or read the task that has it.")
    case .taskNotFound:
      self.init("async.unknown-task", "Read a task of this key's organization: see list_tasks.")
    case .queueLimitExceeded:
      self.init(
        "async.queue-limit",
        "Submit less before tasks have ended, or give more by change_key {key, queueLimit}.")
    case .externalService:
      self.init("errors.external", "Try again after a while: the service behind it failed.")
    case .internalError: self.init("errors.internal", "Try again after a while.")
    case .retriesExceeded:
      self.init("errors.retries-exhausted", "Ask again: nothing was charged.")
    case .attemptTimedOut:
      self.init("errors.attempt-window", "An attempt has five minutes: give a shorter latency.")
    case .taskRetriesExceeded:
      self.init("async.attempts-used-up", "Submit the task again: nothing was charged.")
    case .canceled:
      self.init(
        july ? "concurrency.client-gone" : "concurrency.client-gone-october",
        "Wait for the answer: whoever leaves pays all the same. Give the client a longer timeout.")
    case .serviceUnavailable:
      // No document of July has a 503: only a test asks for one.
      guard !july else { return nil }
      self.init("errors.unavailable", "Wait as many seconds as Retry-After says.")
    case .insufficientPermissions, .undocumented: return nil
    case .reworded: return nil
    }
  }

  private init(_ id: String, _ advice: String) {
    self.id = id
    self.advice = advice
  }

  /// The rules' sentences by identifier, from the list that the binary carries.
  static let sentences: [String: String] = {
    guard let list = try? JSON(parsing: EmbeddedFiles.file("conformance")),
      let rules = list["rules"]?.array
    else { preconditionFailure("The list of rules is malformed.") }
    return Dictionary(
      rules.compactMap { rule in
        rule["id"]?.string.flatMap { id in rule["text"]?.string.map { (id, $0) } }
      }, uniquingKeysWith: { first, _ in first })
  }()
}
