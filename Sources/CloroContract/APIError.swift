import JSON

/// Every refusal that the contract names.
public enum APIError: Error, Sendable, Hashable {
  /// There is no `Authorization` field, or its scheme is not `Bearer`.
  case missingAPIKey
  /// The bearer token doesn't have the form of a cloro key.
  case invalidAPIKeyFormat
  /// The key has the right form but is unknown or revoked.
  case invalidOrExpiredAPIKey
  case rateLimitExceeded
  /// Carries the path.
  case routeNotFound(String)
  case validationFailed([FieldIssue])
  /// The same for an asynchronous submission.
  case submissionInvalid([FieldIssue])
  /// Carries the provider's name.
  case modelUnavailable(String)
  case insufficientCredits
  /// Carries the plan's number of slots.
  case concurrencyLimitExceeded(limit: Int)
  /// A task with this idempotency key exists. Carries the key.
  case taskExists(idempotencyKey: String)
  /// Carries the identifier as it was sent.
  case taskNotFound(String)
  /// Carries the number of queued tasks, the number sent, and the most that may be queued.
  case queueLimitExceeded(queued: Int, batch: Int, limit: Int)
  /// A service behind the API failed. Carries its name and what failed.
  case externalService(String, message: String)
  case internalError
  /// All attempts at an answer failed.
  case retriesExceeded
  /// An attempt took longer than its window, ``attemptWindow``.
  case attemptTimedOut
  /// All attempts of an asynchronous task failed.
  case taskRetriesExceeded
  /// The client has closed the connection.
  case canceled
  case serviceUnavailable
  case insufficientPermissions
  /// A status that the contract doesn't name, or names without an error of its own, as a test asks
  /// for it. No rule of the contract uses it.
  case undocumented(status: Int, code: String, message: String)
  /// Another error with a message given by a test. No rule of the contract uses it.
  indirect case reworded(APIError, message: String)
}

extension APIError {
  /// The error as the contract names it, without a changed message.
  public var documented: APIError {
    if case .reworded(let error, _) = self { error.documented } else { self }
  }

  /// The error's form in a revision.
  public func form(in revision: ContractRevision) -> ErrorForm {
    if case .reworded(let error, let message) = self {
      var form = error.form(in: revision)
      form.message = message
      return form
    }
    return documentedForm(in: revision)
  }

  /// The table: each error's status, code, message and details.
  private func documentedForm(in revision: ContractRevision) -> ErrorForm {
    let july = revision == .july2026
    func form(
      _ status: Int, _ code: String, _ message: String, _ details: JSON? = nil,
      july envelope: ErrorForm.Envelope = .object
    ) -> ErrorForm {
      ErrorForm(
        status: status, code: code, message: message, details: details,
        envelope: july ? envelope : .successObject)
    }
    return switch self {
    case .missingAPIKey: form(401, "MISSING_API_KEY", "Missing or invalid API key")
    case .invalidAPIKeyFormat: form(401, "INVALID_API_KEY_FORMAT", "Invalid API key format")
    case .invalidOrExpiredAPIKey:
      form(401, "INVALID_OR_EXPIRED_API_KEY", "Invalid or expired API key")
    case .rateLimitExceeded: form(429, "RATE_LIMIT_EXCEEDED", "API key rate limit exceeded")
    case .routeNotFound(let path):
      form(404, "RESOURCE_NOT_FOUND", "Route not found", ["id": .string(path)])
    case .validationFailed(let issues):
      form(
        400, "VALIDATION_ERROR", "Request validation failed", .array(issues.map(\.json)),
        july: .text)
    case .modelUnavailable(let name):
      form(400, "MODEL_UNAVAILABLE", "Model \(name) is currently unavailable")
    case .insufficientCredits: form(403, "INSUFFICIENT_CREDITS", "Insufficient credits")
    case .concurrencyLimitExceeded(let limit):
      form(
        429, july ? "CONCURRENT_LIMIT_EXCEEDED" : "CONCURRENCY_LIMIT_EXCEEDED",
        july ? "Concurrent limit exceeded" : "Concurrency limit exceeded",
        ["limit": JSON(limit)])
    case .submissionInvalid(let issues):
      form(
        july ? 422 : 400, "VALIDATION_ERROR", "Request validation failed",
        .array(issues.map(\.json)), july: .text)
    case .taskExists(let key):
      july
        ? form(409, "RESOURCE_CONFLICT", "Resource conflict")
        : form(
          409, "RESOURCE_ALREADY_EXISTS", "Task already exists",
          ["field": "idempotencyKey", "value": .string(key)])
    case .taskNotFound(let id):
      form(404, "RESOURCE_NOT_FOUND", "Task not found", ["id": .string(id)])
    case .queueLimitExceeded(let queued, let batch, let limit):
      july
        ? form(
          429, "QUEUE_LIMIT_EXCEEDED", "Batch would exceed queue capacity",
          [
            "queuedCount": JSON(queued), "batchSize": JSON(batch), "maxQueueSize": JSON(limit),
            "remainingCapacity": JSON(max(0, limit - queued)),
          ], july: .successObject)
        : form(
          429, "QUEUE_LIMIT_EXCEEDED",
          "Queue limit exceeded. Maximum \(limit) queued tasks allowed per organization",
          ["limit": JSON(limit)])
    case .externalService(let service, let message):
      form(502, "EXTERNAL_SERVICE_ERROR", message, ["service": .string(service)])
    case .internalError: form(500, "INTERNAL_SERVER_ERROR", "Internal server error")
    case .retriesExceeded:
      form(500, "INTERNAL_SERVER_ERROR", "Maximum retries exceeded", july: .text)
    case .attemptTimedOut:
      form(
        500, "INTERNAL_SERVER_ERROR", "Maximum timeout (5 minutes) exceeded", july: .text)
    case .taskRetriesExceeded:
      form(500, "INTERNAL_SERVER_ERROR", "Task failed after max retries", july: .text)
    case .canceled:
      form(
        499, "REQUEST_CANCELED",
        july ? "Request was canceled" : "Request was canceled by client", july: .text)
    case .serviceUnavailable: form(503, "SERVICE_UNAVAILABLE", "Service unavailable")
    case .insufficientPermissions:
      form(
        403, "INSUFFICIENT_PERMISSIONS", "Insufficient permissions",
        ["requiredScopes": ["read:monitor", "write:monitor"]])
    case .undocumented(let status, let code, let message): form(status, code, message)
    case .reworded(let error, _): error.documentedForm(in: revision)
    }
  }

  /// How long an attempt at an answer may take, in nanoseconds: five minutes. [docs: the text of
  /// ``attemptTimedOut``]
  public static let attemptWindow: Int64 = 300 * 1_000_000_000

  /// A redirect link of Google's that leads nowhere (2026-10, section 6).
  public static let linkUnresolved = externalService(
    "google", message: "goto resolve request failed")
  /// An unspecified service behind the API failed.
  public static let upstreamFailed = externalService(
    "upstream", message: "External service error: upstream")

  /// The table's other column: the errors that differ as an item of a batch (2026-07, section 8;
  /// 2026-10, section 3).
  private func batchItemForm(at index: Int, in revision: ContractRevision) -> ErrorForm {
    let july = revision == .july2026
    func form(_ code: String, _ message: String, _ details: JSON?) -> ErrorForm {
      ErrorForm(
        status: self.form(in: revision).status, code: code, message: message, details: details,
        envelope: .object)
    }
    return switch self {
    case .submissionInvalid(let issues):
      july
        ? form("VALIDATION_ERROR", "Task validation failed", issues.first?.json)
        : form(
          "VALIDATION_ERROR", "Invalid task at index \(index)",
          ["errors": .array(issues.map(\.json))])
    case .taskExists(let key):
      form(
        "RESOURCE_ALREADY_EXISTS", "Task already exists",
        ["field": "idempotencyKey", "value": .string(key)])
    default: self.form(in: revision)
    }
  }

  /// The error of one item of a batch.
  ///
  /// - Parameters:
  ///   - index: The item's place in the batch, from 0.
  ///   - timestamp: UTC with three fractional digits and `Z`.
  public func batchItem(
    at index: Int, in revision: ContractRevision, timestamp: String
  ) -> JSON {
    batchItemForm(at: index, in: revision).json(timestamp: timestamp)
  }

  /// The error as the `response` of a failed task: without timestamp.
  public func taskResponse(in revision: ContractRevision) -> JSON {
    ["error": form(in: revision).json(timestamp: nil)]
  }
}
