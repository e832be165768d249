import CloroContract
import JSON

/// What the double would have answered where a recorded answer is an error. A recording doesn't say
/// in which state the account was, so an error is compared with the documented one of its code.
struct DriftRefusals {
  /// A documented error, and the rule that says so.
  struct Known {
    let form: ErrorForm
    let rule: String
  }

  let revision: ContractRevision

  /// The documented error of that code or, where an answer has no code, of that message; nil when
  /// the contract has none.
  func known(code: String?, message: String?) -> Known? {
    let forms = DocumentedError.errors.values.joined().map { error in
      (error: error, form: error.form(in: revision))
    }
    let found = forms.filter { each in
      guard let code else {
        // A message without a code is the text envelope's.
        return each.form.envelope == .text && each.form.message == message
      }
      return code == each.form.code
    }
    // Of several with one code that with the message: otherwise any shows the envelope.
    let exact = found.first { $0.form.message == message }
    let usual = exact ?? found.min { $0.form.message < $1.form.message }
    return usual.map { Known(form: $0.form, rule: rule(of: $0.error)) }
  }

  /// The rule of the revision that names an error.
  private func rule(of error: APIError) -> String {
    let july = revision == .july2026
    return switch error {
    case .missingAPIKey: "auth.missing"
    case .invalidAPIKeyFormat: "auth.format"
    case .invalidOrExpiredAPIKey: "auth.unknown"
    case .rateLimitExceeded: "rate-limit.refusal"
    case .routeNotFound: "routes.unknown"
    case .taskNotFound: "async.unknown-task"
    case .modelUnavailable: "admission.model-unavailable"
    case .insufficientCredits: "credits.insufficient"
    case .concurrencyLimitExceeded: july ? "concurrency.refusal" : "concurrency.refusal-october"
    case .taskExists: july ? "async.conflict" : "async.conflict-october"
    case .queueLimitExceeded: july ? "async.queue-refusal" : "async.queue-refusal-october"
    case .externalService: "errors.external"
    case .retriesExceeded: "errors.retries-exhausted"
    case .attemptTimedOut: "errors.attempt-window"
    case .taskRetriesExceeded: "async.attempts-used-up"
    case .canceled: "errors.canceled"
    case .serviceUnavailable: july ? "errors.object-envelope" : "errors.unavailable"
    default: "errors.internal"
    }
  }

  /// The rule that says how an error is wrapped.
  var envelope: String {
    revision == .july2026 ? "errors.object-envelope" : "errors.single-envelope"
  }
}

extension DriftComparison {
  /// Compares a recorded error with the documented one.
  ///
  /// - Returns: The rules that it shows.
  mutating func compareRefusal(
    _ found: JSON, status: Int, isEndOfTask: Bool, asked example: String
  ) -> [String] {
    let refusals = DriftRefusals(revision: revision)
    let error = found["error"] ?? .null
    let (code, message) = (error["code"]?.string, error["message"]?.string ?? error.string)
    guard let known = refusals.known(code: code, message: message) else {
      note(
        .code, refusals.envelope, "error.code", expected: "one that is documented",
        found: .string(code ?? message ?? error.typeName), asked: example)
      return [refusals.envelope]
    }
    // How a task ended is told inside an answer that is a 200.
    if !isEndOfTask, status != known.form.status {
      note(
        .status, known.rule, "\(known.form.code) status", expected: JSON(known.form.status),
        found: JSON(status), asked: example)
    }
    if let message, message != known.form.message {
      note(
        .text, known.rule, code == nil ? "error" : "error.message",
        expected: .string(known.form.message), found: .string(message), asked: example)
    }
    var expected = (try? JSON(parsing: known.form.body(timestamp: Self.anyTime))) ?? .null
    if isEndOfTask, case .object(var inner) = expected["error"] ?? .null {
      inner = JSONObject(inner.members.filter { $0.name != "timestamp" })
      expected = ["error": .object(inner)]
    }
    var shape = ResultShape()
    shape.learn(expected)
    let rule = isEndOfTask ? "async.failure-response" : refusals.envelope
    compareMembers(
      found, with: shape, place: "\(known.form.code) body", joint: " ", rules: (rule, rule, rule),
      asked: example)
    return [known.rule, rule]
  }

  private static let anyTime = "2026-01-01T00:00:00.000Z"
}
