import Simulation

/// What the double finds fault with in a client's behaviour. The rules stand in the article
/// <doc:Verdict>, with their sources.
public enum FindingID: String, Sendable, CaseIterable {
  /// A 429 or 5xx was answered by the same question within less than a quarter of the wait that
  /// exponential backoff from 1 s gives. [seed: "Implement retry logic with exponential backoff"]
  case retryWithoutBackoff = "retry-without-backoff"
  /// A request that was refused with 400, 401 or 403 came again, and was refused again. [docs: such
  /// errors need a change of the request]
  case retriedClientError = "retried-client-error"
  /// A new question was refused for want of slots, though an answer had said that none remained.
  /// [seed: "Monitor `X-Concurrent-Remaining` and stay within your plan's concurrent request
  /// limit"]
  case overrun
  /// A task was read more than once a second. [docs: tasks take minutes; chosen: the number]
  case pollingTooFast = "polling-too-fast"
  /// A webhook's receiver took more than 5 s. [seed: "Always respond quickly"; chosen: the number]
  case slowReceiver = "slow-receiver"
  /// The same question was paid twice within a minute. [seed: "Optimize queries"; chosen: the
  /// number]
  case duplicateQuestions = "duplicate-questions"
  /// The same task was submitted again within five minutes without an idempotency key. [docs:
  /// idempotency keys; chosen: the number]
  case idempotencyMissing = "idempotency-missing"
  /// A request had members that cloro ignores. [source: the schemas drop unknown members]
  case ignoredMembers = "ignored-members"

  /// How much a finding matters.
  public enum Severity: String, Sendable, CaseIterable, Comparable {
    /// It may be meant.
    case info
    /// It costs credits, time or answers with the service.
    case warning

    public static func < (left: Severity, right: Severity) -> Bool {
      left == .info && right == .warning
    }
  }

  /// How grave such a finding is.
  public var severity: Severity {
    switch self {
    case .duplicateQuestions, .ignoredMembers: .info
    case .retryWithoutBackoff, .retriedClientError, .overrun, .pollingTooFast, .slowReceiver,
      .idempotencyMissing:
      .warning
    }
  }

  /// What has happened, and what to do instead.
  public var text: String {
    switch self {
    case .retryWithoutBackoff:
      "a 429 or 5xx was asked again too soon: wait 1 s, then 2 s, 4 s …"
    case .retriedClientError:
      "a request refused with 400, 401 or 403 was sent again: change it first"
    case .overrun:
      "a new question was sent although no slot remained: watch X-Concurrent-Remaining"
    case .pollingTooFast: "a task was read more than once a second: poll slower, or use a webhook"
    case .slowReceiver: "a webhook was answered after more than 5 s: answer first, then work"
    case .duplicateQuestions: "the same question was paid twice within a minute"
    case .idempotencyMissing:
      "the same task was submitted again without an idempotencyKey, and runs twice"
    case .ignoredMembers: "members were sent that cloro ignores"
    }
  }

  /// Its place among all.
  var index: Int {
    switch self {
    case .retryWithoutBackoff: 0
    case .retriedClientError: 1
    case .overrun: 2
    case .pollingTooFast: 3
    case .slowReceiver: 4
    case .duplicateQuestions: 5
    case .idempotencyMissing: 6
    case .ignoredMembers: 7
    }
  }
}

/// How often something was found, with the first requests that show it.
struct Finding: Sendable {
  /// One time that it happened.
  struct Example: Sendable {
    /// The requests that it consists of, in their order.
    let requests: [Identifier]
    /// When the last of them came, on the double's clock.
    let at: Timestamp
    /// The organization's name; nil for requests without a valid key.
    let organization: String?
  }

  var count: Int64
  /// The first one.
  let example: Example
}
