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

  /// The members as they are listed: `result` and `mode`, or the others as they were given.
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

  /// The provider's result, about certain brands: text, sources, citations, cards and pages of
  /// results mention them by rank, and never those that are absent. Charged like any success.
  ///
  /// - Parameters:
  ///   - mentions: Each name and each rank once. Ranks that none has get made-up brands.
  ///   - absent: Names that are found nowhere in the answer, whatever their case.
  public static func mentions(
    _ mentions: [Mention], absent: [String] = []
  ) -> StubbedResponse {
    var members: JSONObject = ["mentions": .array(mentions.map(\.json))]
    if !absent.isEmpty { members.append("absent", .array(absent.map(JSON.string))) }
    if mentions.isEmpty, !absent.isEmpty { members["mentions"] = nil }
    return made(of: members)
  }

  /// A recorded result, which no test can give.
  static func recorded(_ answer: RecordedAnswer) -> StubbedResponse {
    StubbedResponse([:], .result(.recorded(answer)), JSONProblems())
  }

  /// Answers one after the other, of which the last one stays. Each key has its own count.
  ///
  /// - Parameters:
  ///   - answers: At least one, none of them a sequence.
  ///   - every: How long each of them lasts on the double's clock, such as `1d`, from the first
  ///     question on, for all keys together. By default each question gets the next one.
  public static func sequence(
    _ answers: [StubbedResponse], every: String? = nil
  ) -> StubbedResponse {
    var members: JSONObject = ["sequence": .array(answers.map { .object($0.members) })]
    if let every { members.append("every", .string(every)) }
    return made(of: members)
  }

  /// A response from its members, as if they were JSON.
  private static func made(of members: JSONObject) -> StubbedResponse {
    let problems = JSONProblems()
    guard var reader = ObjectReader(.object(members), problems: problems) else {
      preconditionFailure("An object is an object.")
    }
    let response = read(&reader, BodyFiles()) { _ in }
    return StubbedResponse(members, response?.answer, problems)
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
    // Of a file that has changed, the members are still the same.
    left.members == right.members && left.answer == right.answer
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

  /// Which answer a stub gives: one of these members.
  private static let kinds = ["result", "error", "mentions", "sequence", "bodyFile"]

  /// Reads an answer; problems are noted.
  ///
  /// - Parameters:
  ///   - files: Where `bodyFile` is read.
  ///   - others: Reads the members that stand after them.
  /// - Returns: nil when they are wrong.
  static func read(
    _ reader: inout ObjectReader, _ files: BodyFiles, before others: (inout ObjectReader) -> Void
  ) -> StubbedResponse? {
    let single = readSingle(&reader, files)
    let sequence = readSequence(&reader, files)
    others(&reader)
    checkKind(of: reader, besides: kinds)
    guard let sequence else { return single }
    let names = ["sequence", "every"]
    return StubbedResponse(
      JSONObject(reader.object.members.filter { names.contains($0.name) }), .sequence(sequence),
      JSONProblems())
  }

  /// Reads an answer that is no sequence.
  private static func readSingle(
    _ reader: inout ObjectReader, _ files: BodyFiles
  ) -> StubbedResponse? {
    var written = Written()
    (resultMember + modeMember).read(&reader, into: &written)
    let error = readError(&reader)
    let scene = BrandScene.read(&reader)
    let file = files.read("bodyFile", &reader)
    if written.mode != nil, reader.object["result"] == nil {
      reader.fail("mode", "goes with result only")
    }
    if let result = written.result { return .result(result, mode: written.mode ?? .merge) }
    func made(_ names: [String], _ answer: Stub.Answer) -> StubbedResponse {
      StubbedResponse(
        JSONObject(reader.object.members.filter { names.contains($0.name) }), answer,
        JSONProblems())
    }
    if let error { return made(["error"], error) }
    if let scene { return made(["mentions", "absent"], .result(.branded(scene))) }
    return file.map { made(["bodyFile"], .result(.replaced($0))) }
  }

  /// Notes when there isn't exactly one answer.
  private static func checkKind(of reader: ObjectReader, besides kinds: [String]) {
    let object = reader.object
    let given = kinds.filter { name in
      object[name] != nil || name == "mentions" && object["absent"] != nil
    }
    if given.count != 1 {
      let found = given.isEmpty ? "" : ", found \(given.joined(separator: " and "))"
      reader.problems.add(
        reader.path, "expected either \(kinds.joined(separator: " or "))\(found)")
    }
  }

  private static func readSequence(
    _ reader: inout ObjectReader, _ files: BodyFiles
  ) -> AnswerSequence? {
    let every = reader.member("every", expected: AnswerSequence.expectedDuration) { json in
      json.string.flatMap { AnswerSequence.duration($0) }
    }
    if reader.object["every"] != nil, reader.object["sequence"] == nil {
      reader.fail("every", "goes with sequence only")
    }
    let before = reader.problems.count
    guard let readers = reader.readers("sequence") else { return nil }
    if reader.object["sequence"]?.array?.isEmpty == true {
      reader.fail("sequence", "expected at least one answer")
    }
    if readers.count > AnswerSequence.most {
      reader.fail("sequence", "expected at most \(AnswerSequence.most) answers")
    }
    let answers = readers.compactMap { entry -> Stub.Answer? in
      var entry = entry
      let answer = readSingle(&entry, files)?.answer
      checkKind(of: entry, besides: kinds.filter { $0 != "sequence" })
      entry.finish()
      return answer
    }
    guard reader.problems.count == before, answers.count == readers.count else { return nil }
    return AnswerSequence(answers: answers, every: every)
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
