import CloroContract
import JSON
import Simulation

/// An answer of the real service, as one file of recordings has it.
///
/// Neither keys nor cookies nor the service's own identifiers are in it.
struct Recording: Sendable, Hashable {
  /// The version of the files that are written, and the newest that is read.
  static let schemaVersion: Int64 = 1

  /// What an answer may have cost.
  static let creditRange: ClosedRange<Int64> = 0...1_000_000_000

  /// How the answer was asked for.
  enum Mode: String, Sendable, CaseIterable {
    /// By a request that waits for it.
    case sync
    /// As a task.
    case async
  }

  /// What was answered.
  enum Answer: Sendable, Hashable {
    /// The result of a 200, byte for byte: of a question the text of `result`, of a task that of
    /// `response`, of any other call the whole body.
    case result([UInt8])
    /// The whole body of any other status.
    case error([UInt8])

    /// The JSON text.
    var text: [UInt8] {
      switch self {
      case .result(let text), .error(let text): text
      }
    }

    /// The value.
    var json: JSON { (try? JSON(parsing: text)) ?? .null }
  }

  /// When the answer came, by the system's clock.
  var recordedAt: Timestamp
  /// The revision that the answer's headers show.
  var contract: ContractRevision
  /// Who was asked; nil for a call that asks nobody, such as `GET /v1/countries`.
  var provider: Provider?
  var mode: Mode
  /// The request's path, for a `GET` with its query: `/v1/monitor/chatgpt`, `/v1/async/task`,
  /// `/v1/countries?model=chatgpt`.
  var path: String
  /// The question as it was sent: the body, or a task's payload. Null for a call without a body.
  var request: JSON
  /// 200…599.
  var status: Int
  var headers: RecordedHeaders
  /// From the request to its answer, in milliseconds; for a task from its submission to its end.
  var latencyMs: Int64
  /// What the service has charged, by its header or by the task's `creditsCharged`; nil when it
  /// didn't say.
  var credits: Int64?
  /// Its number among the answers to the same question, from 1.
  var sequence: Int64
  var answer: Answer
}

/// The headers of an answer that are recorded. All others are dropped, and of these all values that
/// are no whole numbers: so nobody can put a secret into one.
struct RecordedHeaders: Sendable, Hashable {
  /// Those that may be recorded, in their order. What a balance is, and which request it was, is
  /// the account's own and isn't among them.
  static let allowed = [
    "Content-Type", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining",
    "X-Concurrent-Limit", "X-Concurrent-Current", "X-Concurrent-Remaining",
    "X-Concurrency-Limit", "X-Concurrency-Current", "X-Concurrency-Remaining",
    "X-Credits-Charged", "X-Latency-Ms",
  ]

  /// Names as ``allowed`` writes them, and values, in that order.
  let fields: [String: String]

  /// Takes from an answer's headers what may be recorded.
  init(_ headers: [(name: String, value: String)]) {
    var fields: [String: String] = [:]
    for (name, value) in headers {
      guard let allowed = Self.name(name), let value = Self.kept(value, of: allowed) else {
        continue
      }
      fields[allowed] = value
    }
    self.fields = fields
  }

  /// A header's value; nil when there is none.
  subscript(name: String) -> String? { Self.name(name).flatMap { fields[$0] } }

  static func name(_ name: String) -> String? {
    allowed.first { $0.lowercased() == name.lowercased() }
  }

  /// What is kept of a value; nil for nothing. Of a content type that is the media type alone.
  static func kept(_ value: String, of name: String) -> String? {
    guard name == "Content-Type" else {
      let isNumber = !value.isEmpty && value.utf8.allSatisfy { 0x30...0x39 ~= $0 }
      return isNumber && value.utf8.count <= 18 ? value : nil
    }
    let type = value.prefix { !"; ".contains($0) }.lowercased()
    return ["application/json", "application/problem+json", "text/html", "text/plain"]
      .first { $0 == type }
  }

  /// The members in the order of ``allowed``.
  var json: JSON {
    .object(
      JSONObject(
        Self.allowed.compactMap { name in
          fields[name].map { JSONObject.Member(name, .string($0)) }
        }))
  }
}

extension ContractRevision {
  /// The revision that an answer's headers show: only since October 2026 answers name their request
  /// and their latency, and have `X-Concurrency-…`. [2026-10, section 2]
  init(ofAnswerWith headers: [(name: String, value: String)]) {
    let names = ["x-request-id", "x-latency-ms", "x-concurrency-limit"]
    self = headers.contains { names.contains($0.name.lowercased()) } ? .october2026 : .july2026
  }
}
