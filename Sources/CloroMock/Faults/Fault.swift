import CloroContract
import JSON

/// A failure that a test has asked for.
struct Fault: Sendable {
  /// What goes wrong.
  enum Kind: Sendable, Equatable {
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
    /// A task fails with this error.
    case taskFailure(code: String, message: String)
  }

  /// Which requests or tasks it concerns; what is nil concerns all.
  struct Match: Sendable, Equatable {
    var key: String?
    var path: String?
    var provider: Provider?
    var prompt: TextMatch?
    /// Only the nth that matches otherwise, from 1.
    var nth: Int?
  }

  let id: String
  let match: Match
  let kind: Kind
  /// How the kind was written, for the list.
  let description: JSON
  /// How often it strikes; nil for always.
  var times: Int?
  /// How likely it strikes, 0…1.
  let probability: Double
  /// How many have matched.
  var seen = 0
}

/// A condition on a text.
enum TextMatch: Sendable, Equatable {
  case equals(String)
  case contains(String)

  func holds(for text: String) -> Bool {
    switch self {
    case .equals(let wanted): text == wanted
    case .contains(let part): text.contains(part)
    }
  }
}
