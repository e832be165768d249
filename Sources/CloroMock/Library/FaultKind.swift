import JSON

extension MockServer {
  /// What goes wrong, in the control API's kinds. A kind that has no name here can be given as
  /// ``init(_:)`` with its JSON.
  public struct FaultKind: Sendable, Hashable {
    /// What the control API takes as `fault`.
    public let json: JSON

    /// A kind by its JSON, e.g. `["kind": "empty_response"]`.
    public init(_ json: JSON) { self.json = json }

    /// A documented error instead of an answer, with its exact body.
    ///
    /// - Parameters:
    ///   - status: 400, 401, 403, 404, 409, 429, 499, 500, 502 or 503.
    ///   - code: Which of the status' errors, e.g. `CONCURRENT_LIMIT_EXCEEDED`; nil takes the usual
    ///     one.
    ///   - retryAfter: Seconds for `Retry-After`, 0 to 86,400; nil sends none.
    public static func status(
      _ status: Int, code: String? = nil, retryAfter: Int? = nil
    ) -> FaultKind {
      var fault: JSONObject = ["kind": "status", "status": JSON(status)]
      fault.append("code", ifGiven: .text(code))
      fault.append("retryAfter", ifGiven: .number(retryAfter))
      return FaultKind(.object(fault))
    }

    /// The answer takes that long on top of its own latency: `2s`, `uniform(1s,3s)` …
    public static func latency(_ latency: String) -> FaultKind {
      FaultKind(["kind": "latency", "latency": .string(latency)])
    }

    /// The connection is reset instead of an answer.
    public static let connectionReset = FaultKind(["kind": "connection_reset"])

    /// The connection ends instead of an answer.
    public static let emptyResponse = FaultKind(["kind": "empty_response"])

    /// Bytes that are no HTTP instead of an answer, then the end.
    public static let randomDataThenClose = FaultKind(["kind": "random_data_then_close"])

    /// A finished and charged answer whose body is not JSON.
    public static let malformedResponse = FaultKind(["kind": "malformed_response"])

    /// A finished and charged answer whose connection ends in the middle of the body.
    ///
    /// - Parameter bytes: How much of the body arrives. The default is 20.
    public static func truncateBody(bytes: Int = 20) -> FaultKind {
      FaultKind(["kind": "truncate_body", "bytes": JSON(bytes)])
    }

    /// A finished and charged answer whose body arrives in parts over a time.
    ///
    /// - Parameters:
    ///   - duration: From the head to the last part: `2s`, `uniform(1s,3s)` … The default is `1s`.
    ///   - chunks: How many parts, 1 to 1,000. The default is 5.
    public static func slowBody(duration: String = "1s", chunks: Int = 5) -> FaultKind {
      FaultKind(["kind": "slow_body", "duration": .string(duration), "chunks": JSON(chunks)])
    }

    /// A webhook's attempt isn't sent, and counts as failed.
    public static let webhookDrop = FaultKind(["kind": "webhook_drop"])

    /// A webhook's attempt is sent twice, as it is.
    public static let webhookDuplicate = FaultKind(["kind": "webhook_duplicate"])

    /// A webhook's attempt waits until another webhook of the organization was sent, at most for a
    /// minute of the double's clock.
    public static let webhookReorder = FaultKind(["kind": "webhook_reorder"])

    /// A webhook's signature is wrong.
    public static let webhookBadSignature = FaultKind(["kind": "webhook_bad_signature"])

    /// A webhook's timestamp lies in the past, and its signature is right for it.
    ///
    /// - Parameter seconds: How far. The default is 600.
    public static func webhookStaleTimestamp(seconds: Int = 600) -> FaultKind {
      FaultKind(["kind": "webhook_stale_timestamp", "seconds": JSON(seconds)])
    }

    /// An asynchronous task fails instead of completing, and costs nothing.
    ///
    /// - Parameters:
    ///   - code: The default is `INTERNAL_SERVER_ERROR`.
    ///   - message: The default is `Maximum retries exceeded`.
    public static func taskFailure(code: String? = nil, message: String? = nil) -> FaultKind {
      var fault: JSONObject = ["kind": "task_failure"]
      fault.append("code", ifGiven: .text(code))
      fault.append("message", ifGiven: .text(message))
      return FaultKind(.object(fault))
    }
  }
}
