import CloroContract
import JSON

/// The answer of a stub.
///
/// Values that can't be used are refused by the call that wants to set the stub.
public struct StubbedResponse: Sendable, Hashable {
  /// How a stub's result is combined with the provider's.
  public enum Mode: String, Sendable, CaseIterable {
    /// It is merged into the provider's result (RFC 7396).
    case merge
    /// It replaces the provider's result.
    case replace
  }

  /// The members as they are listed: `result` and `mode`, or `error` as it was given.
  let members: JSONObject
  /// nil when the values are invalid.
  let answer: Stub.Answer?
  /// Why the values are invalid, by their paths in ``members``.
  private let problems: [JSONProblem]

  private init(_ members: JSONObject, _ answer: Stub.Answer?, _ problems: JSONProblems) {
    self.members = members
    self.answer = answer
    self.problems = problems.list
  }

  /// A result; the request is charged like any success.
  ///
  /// - Parameters:
  ///   - result: The members of `result`.
  ///   - mode: The default is `merge`.
  public static func result(_ result: JSON, mode: Mode = .merge) -> StubbedResponse {
    let problems = JSONProblems()
    resultMember.check(
      Written(result: result), at: ObjectPlace(problems: problems), into: Written())
    return StubbedResponse(
      ["result": result, "mode": .string(mode.rawValue)],
      result.object.map { .result(Stub.Result($0, mode)) }, problems)
  }

  /// An error; the request costs nothing.
  ///
  /// - Parameters:
  ///   - status: 400 to 599.
  ///   - code: Which of the status' errors; nil takes the usual one. Any code where the contract
  ///     has no error of that status.
  ///   - message: Another message; nil keeps the error's own.
  public static func error(
    status: Int, code: String? = nil, message: String? = nil
  ) -> StubbedResponse {
    let problems = JSONProblems()
    let place = ObjectPlace(problems: problems).inner("error")
    let error = DocumentedError(status: status, code: code, message: message)
    let checked = DocumentedError.members.check(error, at: place, into: DocumentedError())
    return StubbedResponse(
      ["error": .object(DocumentedError.members.json(of: error))],
      answer(checked, at: place), problems)
  }

  private static func answer(_ error: DocumentedError, at place: ObjectPlace) -> Stub.Answer? {
    error.found(at: place).map {
      .error($0, retryAfter: error.retryAfter.map { Int64($0) })
    }
  }

  /// Notes why the values are invalid.
  func check(at place: ObjectPlace) {
    for problem in problems { place.fail(problem.path, problem.message) }
  }

  public static func == (left: StubbedResponse, right: StubbedResponse) -> Bool {
    left.members == right.members
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

// MARK: Reading

extension StubbedResponse {
  /// The members that JSON gives, except for the error, which is an object of its own.
  private struct Written: Sendable {
    var result: JSON?
    var mode: Mode?
  }

  private static let resultMember: [ObjectMember<Written>] = [
    .value(
      "result", \.result, expected: "an object", from: { $0 }, json: { $0 },
      where: { $0.object != nil })
  ]
  private static let modeMember: [ObjectMember<Written>] = [.choice("mode", \.mode)]

  /// Reads `result` with its `mode`, or `error`; problems are noted.
  ///
  /// - Parameter others: Reads the members that stand after them.
  /// - Returns: nil when they are wrong.
  static func read(
    _ reader: inout ObjectReader, before others: (inout ObjectReader) -> Void
  ) -> StubbedResponse? {
    var written = Written()
    (resultMember + modeMember).read(&reader, into: &written)
    let error = readError(&reader)
    others(&reader)
    let (hasResult, hasError) = (reader.object["result"] != nil, reader.object["error"] != nil)
    if hasResult == hasError {
      reader.problems.add(reader.path, "expected either result or error")
    }
    if hasError, !hasResult, written.mode != nil { reader.fail("mode", "goes with result only") }
    if let result = written.result { return .result(result, mode: written.mode ?? .merge) }
    guard let error else { return nil }
    return StubbedResponse(
      ["error": reader.object["error"] ?? .null], error, JSONProblems())
  }

  private static func readError(_ reader: inout ObjectReader) -> Stub.Answer? {
    guard var inner = reader.reader("error") else { return nil }
    inner.require("status")
    var error = DocumentedError()
    DocumentedError.members.read(&inner, into: &error)
    let answer = answer(error, at: inner.place)
    inner.finish()
    return answer
  }
}
