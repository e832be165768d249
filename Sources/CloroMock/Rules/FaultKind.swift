import CloroContract
import JSON
import Simulation

/// What goes wrong, in the control API's kinds.
///
/// Values that can't be used are refused by the call that wants to set the fault.
public struct FaultKind: Sendable, Hashable {
  /// The point at which a kind strikes a request or a task.
  enum Point: Sendable {
    /// Instead of a request's answer.
    case admission
    /// Before a request's latency begins.
    case hold
    /// When a request's latency begins.
    case latency
    /// When a finished and charged answer is sent.
    case delivery
    /// When a task would be completed.
    case taskEnd
    /// Before a webhook's attempt is sent: whether, when and how often it is sent.
    case webhookPassage
    /// When a webhook's attempt is signed.
    case webhookSignature
  }

  /// The effect, with all its values.
  enum Effect: Sendable, Hashable {
    /// An error instead of an answer, with `Retry-After` in seconds when given.
    case status(APIError, retryAfter: Int64?)
    /// Another answer instead of cloro's, with `Retry-After` in seconds when given.
    case reply(PlainReply, retryAfter: Int64?)
    /// The answer takes that long on top of its own latency.
    case latency(LatencyDistribution)
    /// The request waits until it is released by hand; its latency begins then.
    case hold
    /// The connection is reset instead of an answer.
    case connectionReset(ResetTime)
    /// The connection ends instead of an answer.
    case emptyResponse
    /// Bytes that are no HTTP response instead of an answer, then the connection's end.
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

    /// Whether it answers with a status.
    var isStatus: Bool {
      switch self {
      case .status, .reply: true
      default: false
      }
    }
  }

  /// When a connection is reset.
  public enum ResetTime: String, Sendable, CaseIterable {
    /// Before anything was done for the request.
    case before
    /// When everything is done that the request asked for: its task exists, its charge is booked.
    case after
  }

  /// The kind as the control API's `fault`, as it was given.
  public let json: JSON
  /// nil when the values are invalid.
  let effect: Effect?
  /// nil when the kind is unknown.
  let point: Point?
  /// Why the values are invalid, by their paths in ``json``.
  private let problems: [JSONProblem]

  /// A kind by its JSON, e.g. `["kind": "empty_response"]`.
  public init(_ json: JSON) {
    let problems = JSONProblems()
    let reader = ObjectReader(json, problems: problems)
    self = FaultKind(json, reader, problems)
  }

  /// Makes a kind from its row and its values.
  init(_ row: FaultKindRow, _ members: FaultKindRow.Members = .init()) {
    let problems = JSONProblems()
    var written: JSONObject = ["kind": .string(row.name)]
    for member in row.members.json(of: members).members {
      written.append(member.name, member.value)
    }
    json = .object(written)
    effect = row.effect(of: members, at: ObjectPlace(problems: problems))
    point = Self.point(of: effect, row)
    self.problems = problems.list
  }

  private init(_ json: JSON, _ reader: ObjectReader?, _ problems: JSONProblems) {
    self.json = json
    var (row, effect): (FaultKindRow?, Effect?)
    if var reader {
      row = FaultKindRow.read(&reader)
      effect = row?.readEffect(&reader)
      reader.finish()
    }
    self.effect = problems.list.isEmpty ? effect : nil
    point = row.map { Self.point(of: effect, $0) }
    self.problems = problems.list
  }

  private static func point(of effect: Effect?, _ row: FaultKindRow) -> Point {
    if case .connectionReset(.after) = effect { .delivery } else { row.point }
  }

  /// Reads a kind, which is required; problems are noted.
  static func read(_ name: String, _ outer: inout ObjectReader) -> FaultKind? {
    outer.require(name)
    guard let json = outer.value(name) else { return nil }
    let problems = JSONProblems()
    let reader = ObjectReader(json, problems: problems)
    let kind = FaultKind(json, reader, problems)
    return kind.check(at: outer.place.inner(name)) ? kind : nil
  }

  /// Notes why the values are invalid.
  ///
  /// - Parameter place: Where the kind stands.
  /// - Returns: Whether they are valid.
  func check(at place: ObjectPlace) -> Bool {
    for problem in problems {
      let path = problem.path.isEmpty ? place.path : place.inner(problem.path).path
      place.problems.add(path, problem.message)
    }
    return problems.isEmpty
  }

  public static func == (left: FaultKind, right: FaultKind) -> Bool { left.json == right.json }

  public func hash(into hasher: inout Hasher) { hasher.combine(json) }
}

// MARK: The kinds

extension FaultKind {
  /// A status instead of an answer: a documented error with its exact body, another error in the
  /// same form, or any body. It comes when the answer would have come.
  ///
  /// - Parameters:
  ///   - status: 400 to 599, or 204, which has no body.
  ///   - code: Which of the status' errors, e.g. `CONCURRENT_LIMIT_EXCEEDED`; nil takes the usual
  ///     one. Any code where the contract has no error of that status.
  ///   - message: Another message; nil keeps the error's own.
  ///   - retryAfter: Seconds for `Retry-After`, 0 to 86,400; nil sends none.
  ///   - contentType: The body's media type; nil takes `application/json` for JSON, else
  ///     `text/plain`.
  ///   - body: A body instead of the error's own.
  public static func status(
    _ status: Int, code: String? = nil, message: String? = nil, retryAfter: Int? = nil,
    contentType: String? = nil, body: String? = nil
  ) -> FaultKind {
    let error = DocumentedError(
      status: status, code: code, message: message, retryAfter: retryAfter)
    return FaultKind(
      .status,
      .init(
        status: StatusMembers(
          error: error, contentType: contentType, body: body.map { .string($0) })))
  }

  /// The answer takes that long on top of its own latency: `2s`, `uniform(1s,3s)` …
  public static func latency(_ latency: String) -> FaultKind {
    FaultKind(.latency, .init(latency: latency))
  }

  /// The request waits, with a slot if it needs one, until ``MockServer/release(request:)``; its
  /// latency begins then.
  public static let hold = FaultKind(.hold)

  /// The connection is reset instead of an answer.
  public static let connectionReset = FaultKind(.connectionReset)

  /// The connection is reset instead of an answer.
  ///
  /// - Parameter time: Before the work for the request was done, or after it.
  public static func connectionReset(when time: ResetTime) -> FaultKind {
    FaultKind(.connectionReset, .init(when: time))
  }

  /// The connection ends instead of an answer.
  public static let emptyResponse = FaultKind(.emptyResponse)

  /// Bytes that are no HTTP response instead of an answer, then the connection's end.
  public static let randomDataThenClose = FaultKind(.randomDataThenClose)

  /// A finished and charged answer whose body is not JSON.
  public static let malformedResponse = FaultKind(.malformedResponse)

  /// A finished and charged answer whose connection ends in the middle of the body.
  ///
  /// - Parameter bytes: How much of the body arrives. The default is 20.
  public static func truncateBody(bytes: Int = 20) -> FaultKind {
    FaultKind(.truncateBody, .init(bytes: bytes))
  }

  /// A finished and charged answer whose body arrives in parts over a time.
  ///
  /// - Parameters:
  ///   - duration: From the head to the last part: `2s`, `uniform(1s,3s)` … The default is `1s`.
  ///   - chunks: How many parts, 1 to 1,000. The default is 5.
  public static func slowBody(duration: String = "1s", chunks: Int = 5) -> FaultKind {
    FaultKind(.slowBody, .init(duration: duration, chunks: chunks))
  }

  /// An asynchronous task fails instead of completing, and costs nothing.
  ///
  /// - Parameters:
  ///   - code: The default is `INTERNAL_SERVER_ERROR`.
  ///   - message: The default is `Task failed after max retries`.
  public static func taskFailure(code: String? = nil, message: String? = nil) -> FaultKind {
    FaultKind(.taskFailure, .init(code: code, message: message))
  }

  /// A webhook's attempt isn't sent, and counts as failed.
  public static let webhookDrop = FaultKind(.webhookDrop)

  /// A webhook's attempt is sent twice, as it is.
  public static let webhookDuplicate = FaultKind(.webhookDuplicate)

  /// A webhook's attempt waits until another webhook of the organization was sent, at most for a
  /// minute of the double's clock.
  public static let webhookReorder = FaultKind(.webhookReorder)

  /// A webhook's signature is wrong.
  public static let webhookBadSignature = FaultKind(.webhookBadSignature)

  /// A webhook's timestamp lies in the past, and its signature is right for it.
  ///
  /// - Parameter seconds: How far. The default is 600.
  public static func webhookStaleTimestamp(seconds: Int = 600) -> FaultKind {
    FaultKind(.webhookStaleTimestamp, .init(seconds: seconds))
  }
}
