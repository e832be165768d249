import CloroContract
import JSON
import Simulation

/// A failure that a test has asked for.
struct Fault: RuleDefinition {
  /// What goes wrong.
  enum Kind: Sendable, Hashable {
    /// A documented error instead of an answer, with `Retry-After` in seconds when given.
    case status(APIError, retryAfter: Int64?)
    /// The answer takes that long on top of its own latency.
    case latency(LatencyDistribution)
    /// The connection is reset instead of an answer.
    case connectionReset
    /// The connection ends instead of an answer.
    case emptyResponse
    /// Bytes that are no HTTP instead of an answer, then the end.
    case randomDataThenClose
    /// A finished answer whose body is not JSON.
    case malformedResponse
    /// A finished answer of which only that many bytes of the body arrive before the end.
    case truncateBody(bytes: Int)
    /// A finished answer whose body arrives in that many parts over a time.
    case slowBody(duration: LatencyDistribution, chunks: Int)
    /// A task fails with this error.
    case taskFailure(code: String, message: String)
    /// A webhook's attempt isn't sent, and counts as failed.
    case webhookDrop
    /// A webhook's attempt is sent twice, as it is.
    case webhookDuplicate
    /// A webhook's attempt waits until another webhook of the organization was sent.
    case webhookReorder
    /// A webhook's signature is wrong.
    case webhookBadSignature
    /// A webhook's timestamp lies that many seconds in the past; its signature is right.
    case webhookStaleTimestamp(seconds: Int64)
  }

  static let name = "fault"

  var title: String { description["kind"]?.string ?? Self.name }

  let match: RuleMatch
  let kind: Kind
  /// How the kind was written, for the list.
  let description: JSON
  let times: Int?
  let probability: Double
}

extension ActiveRule<Fault> {
  /// The fault as the control API shows it.
  var json: JSON {
    var object: JSONObject = [
      "id": .string(id), "match": definition.match.json, "fault": definition.description,
      "probability": definition.probability == 1 ? 1 : .decimal(definition.probability),
      "seen": JSON(seen),
    ]
    if let timesLeft { object.append("timesLeft", JSON(timesLeft)) }
    return .object(object)
  }
}
