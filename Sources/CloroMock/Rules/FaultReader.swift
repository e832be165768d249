import CloroContract
import JSON

/// Reads a fault from the control API's or a fixture's JSON.
struct FaultReader {
  /// The kinds by name.
  static let kinds = [
    "status", "latency", "connection_reset", "empty_response", "random_data_then_close",
    "malformed_response", "truncate_body", "slow_body", "task_failure", "webhook_drop",
    "webhook_duplicate", "webhook_reorder", "webhook_bad_signature", "webhook_stale_timestamp",
  ]

  /// Reads a whole fault.
  ///
  /// - Returns: nil when something is wrong.
  static func read(_ reader: inout ObjectReader) -> Fault? {
    let match = RuleReader.match(&reader, of: [.key, .path, .provider, .prompt, .nth])
    reader.require("fault")
    let description = reader.object["fault"] ?? .null
    var kind: Fault.Kind?
    if var inner = reader.reader("fault") {
      kind = readKind(&inner)
      inner.finish()
    }
    let times = RuleReader.times(&reader)
    let probability = reader.member("probability", expected: "a number from 0 to 1") { json in
      json.number.flatMap { 0...1 ~= $0 ? $0 : nil }
    }
    return kind.map { kind in
      Fault(
        match: match, kind: kind, description: description, times: times,
        probability: probability ?? 1)
    }
  }

  private static func readKind(_ reader: inout ObjectReader) -> Fault.Kind? {
    reader.require("kind")
    guard let name = reader.string("kind") else { return nil }
    switch name {
    case "status":
      let (error, retryAfter) = RuleReader.error(&reader)
      return error.map { .status($0, retryAfter: retryAfter) }
    case "latency":
      reader.require("latency")
      return reader.latency("latency").map { .latency($0) }
    case "connection_reset": return .connectionReset
    case "empty_response": return .emptyResponse
    case "random_data_then_close": return .randomDataThenClose
    case "malformed_response": return .malformedResponse
    case "truncate_body":
      return .truncateBody(bytes: Int(reader.integer("bytes", in: 0...1_000_000_000) ?? 20))
    case "slow_body":
      return .slowBody(
        duration: reader.latency("duration") ?? .constant(1_000_000_000),
        chunks: Int(reader.integer("chunks", in: 1...1000) ?? 5))
    case "task_failure":
      return .taskFailure(
        code: reader.string("code") ?? "INTERNAL_SERVER_ERROR",
        message: reader.string("message") ?? "Maximum retries exceeded")
    case "webhook_drop": return .webhookDrop
    case "webhook_duplicate": return .webhookDuplicate
    case "webhook_reorder": return .webhookReorder
    case "webhook_bad_signature": return .webhookBadSignature
    case "webhook_stale_timestamp":
      return .webhookStaleTimestamp(
        seconds: reader.integer("seconds", in: 1...1_000_000_000) ?? 600)
    default:
      reader.fail(
        "kind",
        "\"\(name)\" is unknown\(ObjectReader.hint(name, kinds)); allowed: \(kinds.joined(separator: ", "))"
      )
      return nil
    }
  }
}
