import CloroContract
import JSON
import Simulation

/// An answer that a test has requested instead of the provider's.
struct Stub: RuleDefinition {
  /// A given result.
  enum Result: Sendable, Hashable {
    /// Merged into the provider's result (RFC 7396).
    case merged(JSONObject)
    /// Replaces the provider's result.
    case replaced(JSONObject)
    /// The provider's result, about these brands.
    case branded(BrandScene)
    /// A recorded one, byte for byte.
    case recorded(RecordedAnswer)

    init(_ members: JSONObject, _ mode: StubbedResponse.Mode) {
      self = mode == .merge ? .merged(members) : .replaced(members)
    }
  }

  /// The answer.
  indirect enum Answer: Sendable, Hashable {
    case result(Result)
    /// A documented error, with `Retry-After` in seconds when given.
    case error(APIError, retryAfter: Int64?)
    /// One of several answers, none of which is a sequence itself.
    case sequence(AnswerSequence)
  }

  static let name = "stub"

  let match: RuleMatch
  /// The answer, as it was requested.
  let response: StubbedResponse
  let answer: Answer
  /// How long the answer takes instead of the provider's latency.
  let latency: LatencyDistribution?
  let times: Int?

  var title: String {
    switch answer {
    case .result(.branded): "mentions"
    case .result(.recorded): "recorded"
    case .result: "result"
    case .error: "error"
    case .sequence: "sequence"
    }
  }

  var probability: Double { 1 }

  /// The answers that it gives one after the other; nil for a single one.
  var sequence: AnswerSequence? {
    if case .sequence(let sequence) = answer { sequence } else { nil }
  }

  /// The recording that it gives again; nil for what a test has set.
  var recorded: RecordedAnswer? {
    if case .result(.recorded(let answer)) = answer { answer } else { nil }
  }

  /// All answers, with their paths in the stub.
  var results: [(path: String, result: Result)] {
    let answers = sequence?.answers ?? [answer]
    return answers.enumerated().compactMap { index, answer in
      guard case .result(let result) = answer else { return nil }
      return (sequence == nil ? "" : "sequence[\(index)].", result)
    }
  }
}

extension Stub.Result {
  /// The result as JSON text.
  ///
  /// - Parameters:
  ///   - original: Renders the provider's result, when it is needed.
  ///   - brand: Makes it one about certain brands.
  func write(
    over original: () -> [UInt8], _ brand: (BrandScene, JSON) -> JSON,
    to output: inout [UInt8]
  ) {
    switch self {
    case .recorded(let answer): output += answer.text
    case .branded(let scene):
      guard let result = try? JSON(parsing: original()) else {
        preconditionFailure("A provider's result is not JSON.")
      }
      brand(scene, result).write(to: &output)
    case .replaced(let object): JSON.object(object).asJavaScriptReads.write(to: &output)
    case .merged(let patch):
      let rendered = original()
      guard let result = try? JSON(parsing: rendered) else {
        preconditionFailure("A provider's result is not JSON.")
      }
      result.merging(patch).asJavaScriptReads.write(to: &output)
    }
  }
}

extension Stub {
  /// How long the answer takes: as the stub says, or else as the organization's settings do.
  func latency(or usual: LatencyDistribution) -> LatencyDistribution {
    let wanted = latency ?? usual
    guard wanted == .recorded, let answer = recorded else { return wanted }
    return .constant(answer.latency)
  }
}

extension Stub {
  /// A recording's answer.
  init(_ answer: RecordedAnswer) {
    let response = StubbedResponse.recorded(answer)
    self.init(
      match: RuleMatch(), response: response, answer: .result(.recorded(answer)), latency: nil,
      times: nil)
  }

  /// The properties of a stub apart from its answer.
  private struct Manner: Sendable {
    var latency: String?
    var times: Int?

    static let members: [ObjectMember<Manner>] = [
      .latency("latency", \.latency), .times("times", \.times),
    ]
  }

  /// Makes a stub from values of this process.
  ///
  /// - Parameter place: The place at which problems are noted.
  /// - Returns: nil when something is wrong.
  init?(
    match: RuleMatch, response: StubbedResponse, latency: String? = nil, times: Int? = nil,
    at place: ObjectPlace
  ) {
    match.check(RuleMatch.ofStubs, at: place)
    response.check(at: place)
    let manner = Manner(latency: latency, times: times)
    Manner.members.check(manner, at: place, into: Manner())
    guard place.problems.list.isEmpty else { return nil }
    self.init(match, response, manner)
  }

  private init?(_ match: RuleMatch, _ response: StubbedResponse, _ manner: Manner) {
    guard let answer = response.answer else { return nil }
    self.init(
      match: match, response: response, answer: answer,
      latency: manner.latency.flatMap { LatencyDistribution($0) }, times: manner.times)
  }

  /// Reads a stub from the control API's or a fixture's JSON.
  ///
  /// - Returns: nil when its answer is wrong.
  static func read(_ reader: inout ObjectReader) -> Stub? { read(&reader, BodyFiles()) }

  /// Reads a stub from JSON that may name files.
  static func read(_ reader: inout ObjectReader, _ files: BodyFiles) -> Stub? {
    let match = RuleMatch(&reader, RuleMatch.ofStubs)
    var manner = Manner()
    let response = StubbedResponse.read(&reader, files) { reader in
      Manner.members.read(&reader, into: &manner)
    }
    return response.flatMap { Stub(match, $0, manner) }
  }
}

extension CountedRule<Stub> {
  /// The answer of its last strike.
  var answer: Stub.Answer {
    definition.sequence.map { $0.answers[step] } ?? definition.answer
  }

  /// The result of its last strike; nil for an error.
  var result: Stub.Result? { if case .result(let result) = answer { result } else { nil } }

  /// The stub as the control API shows it.
  var json: JSON {
    var object: JSONObject = ["id": .string(id), "match": definition.match.json]
    for member in definition.response.members.members { object.append(member.name, member.value) }
    if let latency = definition.latency { object.append("latency", .string(latency.description)) }
    object.append("seen", JSON(seen))
    object.append("struck", JSON(struck))
    if let timesLeft { object.append("timesLeft", JSON(timesLeft)) }
    let warnings = definition.warnings
    if !warnings.isEmpty { object.append("warnings", .array(warnings.map(JSON.string))) }
    return .object(object)
  }
}
