import CloroContract
import JSON

/// Reads a fault from the control API's or a fixture's JSON.
struct FaultReader {
  /// The kinds by name.
  static let kinds = [
    "status", "latency", "connection_reset", "empty_response", "random_data_then_close",
    "malformed_response", "truncate_body", "task_failure",
  ]

  /// The errors that the kind `status` may name, by status: the first is the default.
  static let errors: [Int64: [APIError]] = [
    400: [.modelUnavailable("requested")],
    401: [.invalidOrExpiredAPIKey, .missingAPIKey, .invalidAPIKeyFormat],
    403: [.insufficientCredits, .insufficientPermissions],
    404: [.routeNotFound("/v1")],
    409: [.taskExists(idempotencyKey: "fault")],
    429: [
      .rateLimitExceeded, .concurrencyLimitExceeded(limit: 0),
      .queueLimitExceeded(queued: 100_000, batch: 1, limit: 100_000),
    ],
    499: [.canceled],
    500: [.internalError, .retriesExceeded],
    502: [.externalService("upstream", message: "External service error: upstream")],
    503: [.serviceUnavailable],
  ]

  /// Reads a whole fault.
  ///
  /// - Returns: What makes the fault from its identifier; nil when something is wrong.
  static func read(_ reader: inout ObjectReader) -> ((String) -> Fault)? {
    var match = Fault.Match()
    if var inner = reader.reader("match") {
      match = readMatch(&inner)
      inner.finish()
    }
    reader.require("fault")
    let description = reader.object["fault"] ?? .null
    var kind: Fault.Kind?
    if var inner = reader.reader("fault") {
      kind = readKind(&inner)
      inner.finish()
    }
    let times = reader.integer("times", in: 1...1_000_000_000).map { Int($0) }
    let probability = reader.member("probability", expected: "a number from 0 to 1") { json in
      json.number.flatMap { 0...1 ~= $0 ? $0 : nil }
    }
    guard let kind else { return nil }
    return { id in
      Fault(
        id: id, match: match, kind: kind, description: description, times: times,
        probability: probability ?? 1)
    }
  }

  static func readMatch(_ reader: inout ObjectReader) -> Fault.Match {
    var match = Fault.Match()
    match.key = reader.string("key")
    match.path = reader.string("path")
    match.provider = reader.choice("provider", of: Provider.self)
    match.nth = reader.integer("nth", in: 1...1_000_000_000).map { Int($0) }
    if let json = reader.value("prompt") {
      match.prompt = readText(json, reader.path(of: "prompt"), reader.problems)
    }
    return match
  }

  /// Reads `"part"`, `{"equals": …}` or `{"contains": …}`.
  private static func readText(
    _ json: JSON, _ path: String, _ problems: JSONProblems
  ) -> TextMatch? {
    if let part = json.string { return .contains(part) }
    guard var reader = ObjectReader(json, path: path, problems: problems) else { return nil }
    let equals = reader.string("equals")
    let contains = reader.string("contains")
    reader.finish()
    switch (equals, contains) {
    case (let text?, nil): return .equals(text)
    case (nil, let text?): return .contains(text)
    default:
      problems.add(path, "expected one of equals and contains")
      return nil
    }
  }

  private static func readKind(_ reader: inout ObjectReader) -> Fault.Kind? {
    reader.require("kind")
    guard let name = reader.string("kind") else { return nil }
    switch name {
    case "status": return readStatus(&reader)
    case "latency":
      reader.require("latency")
      return FixtureReader.latency("latency", &reader).map { .latency($0) }
    case "connection_reset": return .connectionReset
    case "empty_response": return .emptyResponse
    case "random_data_then_close": return .randomDataThenClose
    case "malformed_response": return .malformedResponse
    case "truncate_body":
      return .truncateBody(bytes: Int(reader.integer("bytes", in: 0...1_000_000_000) ?? 20))
    case "task_failure":
      return .taskFailure(
        code: reader.string("code") ?? "INTERNAL_SERVER_ERROR",
        message: reader.string("message") ?? "Maximum retries exceeded")
    default:
      reader.fail(
        "kind",
        "\"\(name)\" is unknown\(ObjectReader.hint(name, kinds)); allowed: \(kinds.joined(separator: ", "))"
      )
      return nil
    }
  }

  private static func readStatus(_ reader: inout ObjectReader) -> Fault.Kind? {
    reader.require("status")
    let statuses = errors.keys.sorted().map(String.init).joined(separator: ", ")
    let status = reader.member("status", expected: "one of \(statuses)") { json in
      json.integer.flatMap { errors[$0] == nil ? nil : $0 }
    }
    let code = reader.string("code")
    let message = reader.string("message")
    let retryAfter = reader.integer("retryAfter", in: 0...86_400)
    guard let status, let candidates = errors[status] else { return nil }
    let error = candidates.first { error in
      let forms = ContractRevision.allCases.map { error.form(in: $0) }
      return (code == nil || forms.contains { $0.code == code })
        && (message == nil || forms.contains { $0.message == message })
    }
    guard let error else {
      let known = candidates.map { $0.form(in: .july2026) }.map { "\($0.code) (\($0.message))" }
      reader.fail(
        "code", "is no documented error of \(status); allowed: \(known.joined(separator: ", "))")
      return nil
    }
    return .status(error, retryAfter: retryAfter)
  }
}
