import CloroContract
import JSON
import Simulation

/// An answer that a test has asked for instead of the provider's.
struct Stub: RuleDefinition {
  /// A result that was given.
  enum Result: Sendable, Hashable {
    /// Laid over the provider's (RFC 7396).
    case merged(JSONObject)
    /// Instead of the provider's.
    case replaced(JSONObject)
  }

  enum Answer: Sendable, Hashable {
    case result(Result)
    /// A documented error, with `Retry-After` in seconds when given.
    case error(APIError, retryAfter: Int64?)
  }

  static let name = "stub"

  let match: RuleMatch
  let answer: Answer
  /// The answer as it was written: `result` and `mode`, or `error`.
  let description: JSONObject
  /// How long the answer takes instead of the provider's latency.
  let latency: LatencyDistribution?
  let times: Int?

  var title: String { result == nil ? "error" : "result" }

  var probability: Double { 1 }

  /// The given result; nil for an error.
  var result: Result? { if case .result(let result) = answer { result } else { nil } }
}

extension Stub.Result {
  /// The result as JSON text.
  ///
  /// - Parameter original: Renders the provider's result, when it is needed.
  func write(over original: () -> [UInt8], to output: inout [UInt8]) {
    switch self {
    case .replaced(let object): JSON.object(object).write(to: &output)
    case .merged(let patch):
      let rendered = original()
      guard let result = try? JSON(parsing: rendered) else {
        preconditionFailure("A provider's result is not JSON.")
      }
      result.merging(patch).write(to: &output)
    }
  }
}

extension ActiveRule<Stub> {
  /// The stub as the control API shows it.
  var json: JSON {
    var object: JSONObject = ["id": .string(id), "match": definition.match.json]
    for member in definition.description.members { object.append(member.name, member.value) }
    if let latency = definition.latency { object.append("latency", .string(latency.description)) }
    object.append("seen", JSON(seen))
    if let timesLeft { object.append("timesLeft", JSON(timesLeft)) }
    return .object(object)
  }
}
