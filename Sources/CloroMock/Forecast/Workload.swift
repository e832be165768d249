import CloroContract
import JSON
import Simulation

/// What a client wants of a day: tasks that it submits, and workers that ask one question after the
/// other.
///
/// ```json
/// {
///   "tasks": [
///     { "provider": "chatgpt", "count": 5000, "include": { "markdown": true } },
///     { "provider": "google", "count": 600, "pages": 3, "every": "10s" }
///   ],
///   "sync": [{ "provider": "gemini", "workers": 8, "count": 1000 }],
///   "latency": { "default": "lognormal(12s,0.6)", "perplexity": "20s" },
///   "deadline": "6h"
/// }
/// ```
public struct Workload: Sendable {
  /// When the tasks of a group are submitted.
  enum Arrival: Sendable {
    /// All together, so many nanoseconds after the beginning.
    case at(Int64)
    /// One each so many nanoseconds, the first at the beginning.
    case every(Int64)
  }

  /// Tasks of one kind.
  struct Tasks: Sendable {
    let request: MonitorRequest
    let count: Int
    let arrival: Arrival
  }

  /// Clients that ask synchronously, each its next question when it has the answer to the last.
  struct Workers: Sendable {
    let request: MonitorRequest
    let workers: Int
    /// The questions of all of them together.
    let count: Int
  }

  /// The most questions of a workload, over all groups.
  public static let mostQuestions: Int64 = 10_000_000
  /// The most synchronous workers of a group.
  static let workerRange: ClosedRange<Int64> = 1...100_000

  var tasks: [Tasks] = []
  var sync: [Workers] = []
  /// How long answers take; nil takes what a plan says.
  var latency: LatencyDistribution?
  var providerLatency: [Provider: LatencyDistribution] = [:]
  /// How many nanoseconds after the beginning all must be done; nil for no matter when.
  public var deadline: Int64?

  /// How many questions there are.
  public var count: Int { tasks.reduce(0) { $0 + $1.count } + sync.reduce(0) { $0 + $1.count } }

  /// Reads a workload strictly.
  ///
  /// - Parameters:
  ///   - bytes: JSON text as in the example above.
  ///   - revision: The contract whose requests the groups must be valid in.
  ///   - problems: Collects every problem, with its path.
  /// - Returns: nil when it is no JSON object.
  public init?(parsing bytes: [UInt8], in revision: ContractRevision, problems: JSONProblems) {
    guard var reader = Self.document(bytes, problems) else { return nil }
    read(&reader, in: revision)
    reader.finish()
    if tasks.isEmpty, sync.isEmpty, problems.count == 0 {
      problems.add("", "expected tasks, sync or both")
    }
  }

  /// A workload without questions.
  init() {}

  /// Reads a workload's members, and leaves those that it doesn't know to the caller.
  mutating func read(_ reader: inout ObjectReader, in revision: ContractRevision) {
    let problems = reader.problems
    for var group in reader.readers("tasks") ?? [] {
      guard let common = Self.group(&group, isSync: false, revision) else { continue }
      let every = Self.duration(&group, "every")
      let at = Self.duration(&group, "at")
      if every != nil, at != nil { group.fail("every", "excludes at; give one of the two") }
      group.finish()
      tasks.append(
        Tasks(
          request: common.request, count: common.count,
          arrival: every.map { .every($0) } ?? .at(at ?? 0)))
    }
    for var group in reader.readers("sync") ?? [] {
      let workers = group.integer("workers", in: Self.workerRange) ?? 1
      group.require("workers")
      guard let common = Self.group(&group, isSync: true, revision) else { continue }
      group.finish()
      sync.append(
        Workers(request: common.request, workers: Int(workers), count: common.count))
    }
    readLatency(&reader)
    deadline = Self.duration(&reader, "deadline")
    if Int64(count) > Self.mostQuestions {
      problems.add("", "expected at most \(Self.mostQuestions) questions in all, found \(count)")
    }
  }

  /// Reads a run's own report (`--report FILE.json`): its tasks submitted at once, and its
  /// synchronous questions by as many workers as it had requests at once. A report doesn't say
  /// which flags were asked for, so the prices are those without any.
  ///
  /// - Returns: nil when it is no JSON object.
  public init?(report bytes: [UInt8], in revision: ContractRevision, problems: JSONProblems) {
    guard let reader = Self.document(bytes, problems) else { return nil }
    read(report: reader, in: revision)
  }

  /// Takes the questions of a report.
  mutating func read(report reader: ObjectReader, in revision: ContractRevision) {
    let problems = reader.problems
    let most = reader.object["peak"]?.object?["concurrency"]?.integer ?? 1
    guard let rows = reader.object["byProvider"]?.array else {
      reader.fail("byProvider", "is missing: this is no report")
      return
    }
    for (index, row) in rows.enumerated() {
      let path = "\(reader.path(of: "byProvider"))[\(index)]"
      guard var row = ObjectReader(row, path: path, problems: problems) else { continue }
      row.require("provider")
      let provider = row.choice("provider", of: Provider.self)
      let async = row.integer("async", in: 0...Self.mostQuestions) ?? 0
      let sync = row.integer("sync", in: 0...Self.mostQuestions) ?? 0
      guard let provider else { continue }
      let request = MonitorRequest(provider: provider, question: Self.question)
      if async > 0 { tasks.append(Tasks(request: request, count: Int(async), arrival: .at(0))) }
      if sync > 0 {
        let workers = Int(max(1, min(most, sync)))
        self.sync.append(Workers(request: request, workers: workers, count: Int(sync)))
      }
    }
    if tasks.isEmpty, sync.isEmpty, problems.count == 0 {
      reader.fail("byProvider", "no provider was asked")
    }
  }

  /// What is asked: prices and latencies don't depend on it.
  private static let question = "a question"

  private static func document(_ bytes: [UInt8], _ problems: JSONProblems) -> ObjectReader? {
    do throws(JSONError) {
      return ObjectReader(try JSON(parsing: bytes), problems: problems)
    } catch {
      problems.add("", "not JSON: \(error)")
      return nil
    }
  }

  /// The members that both kinds of groups have. What is asked for is checked by the rules for a
  /// request's own body.
  private static func group(
    _ group: inout ObjectReader, isSync: Bool, _ revision: ContractRevision
  ) -> (request: MonitorRequest, count: Int)? {
    group.require("provider")
    group.require("count")
    let provider = group.choice("provider", of: Provider.self)
    let count = group.integer("count", in: 0...mostQuestions)
    var body: JSONObject = ["country": "US"]
    for name in ["include", "state", "pages"] {
      if let value = group.value(name) { body[name] = value }
    }
    guard let provider, let count else { return nil }
    body[provider.questionMember] = .string(question)
    var ignored = IgnoredMembers()
    let validated = MonitorRequest.validate(
      .object(body), for: provider, in: revision, unknownMembers: .refuse, ignored: &ignored)
    switch validated {
    case .valid(let request): return (request, Int(count))
    case .invalid(let issues):
      for issue in issues { group.fail(issue.field, issue.message) }
      return nil
    }
  }

  private mutating func readLatency(_ reader: inout ObjectReader) {
    guard var inner = reader.reader("latency") else { return }
    latency = Self.distribution(&inner, "default")
    for provider in Provider.allCases {
      providerLatency[provider] = Self.distribution(&inner, provider.rawValue)
    }
    inner.finish()
  }

  private static func distribution(
    _ reader: inout ObjectReader, _ name: String
  ) -> LatencyDistribution? {
    reader.member(name, expected: LatencyDistribution.expected) { json in
      json.string.flatMap { LatencyDistribution($0) }
    }
  }

  private static func duration(_ reader: inout ObjectReader, _ name: String) -> Int64? {
    reader.member(name, expected: durationExpected) { $0.string.flatMap { duration($0) } }
  }

  /// What ``duration(_:)`` reads.
  public static let durationExpected = "a duration such as 30s, 10m or 6h, at most 31 days"

  /// The longest duration of a workload, in nanoseconds.
  private static let longest: Double = 31 * 24 * 3600 * 1e9

  /// Reads `250ms`, `30s`, `10m`, `6h` or `2d`.
  ///
  /// - Returns: Nanoseconds; nil when it is no such duration.
  public static func duration(_ text: String) -> Int64? {
    let units = [("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86_400e9)]
    for (suffix, nanoseconds) in units where text.hasSuffix(suffix) {
      guard let first = text.utf8.first, 0x30...0x39 ~= first,
        let number = Double(decimal: text.dropLast(suffix.count))
      else { continue }
      let duration = number * nanoseconds
      return duration <= longest ? Int64(duration.rounded()) : nil
    }
    return nil
  }
}
