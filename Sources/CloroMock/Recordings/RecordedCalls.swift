import CloroContract
import JSON
import Platform
import Simulation
import Synchronization

/// The answers to calls that ask no provider: lists of countries and states, which are asked for
/// once and given again, and the account's credits, of which the form alone is kept.
final class RecordedCalls: Sendable {
  /// The path of an account's credits.
  static let credits = "/v1/credits"

  /// What is known of a call.
  private enum Known {
    /// The service is being asked, and these wait for it.
    case asked([@Sendable (Recorder.Outcome) -> Void])
    /// The answer.
    case answered(RecordedAnswer)
  }

  private let known: Mutex<[String: Known]>

  /// - Parameter files: Those of earlier runs.
  init(_ files: [RecordingFolder.File]) {
    known = Mutex(Self.answers(of: files).mapValues { .answered($0) })
  }

  /// The answers that files give to calls, by path with its query. Of several the last one counts.
  static func answers(of files: [RecordingFolder.File]) -> [String: RecordedAnswer] {
    var answers: [String: RecordedAnswer] = [:]
    for file in files where file.recording.provider == nil && file.recording.status == 200 {
      let parts = file.recording.path.split(separator: "?", maxSplits: 1)
      let path = path(String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "")
      answers[path] = RecordedAnswer(file, chargesRecorded: false)
    }
    return answers
  }

  /// What a call is known by: its path with those members of the query that count.
  static func path(_ path: String, query: String) -> String {
    let name = path == "/v1/states" ? "country" : "model"
    guard path != credits, let value = QueryString(query)[name] else { return path }
    // What the contract takes needs no escapes; a model may be written in any case.
    return "\(path)?\(name)=\(name == "model" ? value.lowercased() : value)"
  }

  /// Waits for an answer.
  ///
  /// - Returns: The answer, when it is known; nil when it will come to `completion`. The flag says
  ///   whether the caller is the one who has to ask.
  fileprivate func wait(
    for path: String, _ completion: @escaping @Sendable (Recorder.Outcome) -> Void
  ) -> (answer: RecordedAnswer?, asks: Bool) {
    known.withLock { known in
      switch known[path] {
      case .answered(let answer): return (answer, false)
      case .asked(let waiting):
        known[path] = .asked(waiting + [completion])
        return (nil, false)
      case nil:
        known[path] = .asked([completion])
        return (nil, true)
      }
    }
  }

  /// Gives the answer to those who wait. One that isn't a result is asked for again next time.
  fileprivate func end(_ path: String, _ outcome: Recorder.Outcome) {
    let waiting = known.withLock { known -> [@Sendable (Recorder.Outcome) -> Void] in
      guard case .asked(let waiting) = known[path] else { return [] }
      if case .result(let answer) = outcome {
        known[path] = .answered(answer)
      } else {
        known[path] = nil
      }
      return waiting
    }
    for each in waiting { each(outcome) }
  }
}

extension Recorder {
  /// Answers a call that asks no provider: by what was recorded, or else by the service, which is
  /// asked once.
  ///
  /// - Parameters:
  ///   - path: As ``RecordedCalls/path(_:query:)`` writes it.
  ///   - secrets: Texts of the request that must not be recorded.
  ///   - completion: May be called at once.
  /// - Returns: False when nothing is recorded at the moment; then `completion` isn't called.
  func answer(
    _ path: String, secrets: [String], completion: @escaping @Sendable (Outcome) -> Void
  ) -> Bool {
    guard isOn else { return false }
    let (answer, asks) = calls.wait(for: path, completion)
    if let answer {
      completion(.result(answer))
    } else if asks {
      // It costs nothing, so that nothing but a stop can refuse it.
      guard reserve(0) else {
        calls.end(path, .failed("recording has stopped"))
        return true
      }
      upstream.ask(path, posting: nil) { [self] answer in
        let outcome = finish(path, answer, secrets)
        release(0)
        calls.end(path, outcome)
      }
    }
    return true
  }

  private func finish(
    _ path: String, _ answer: Result<Upstream.Answer, UpstreamClient.Failure>, _ secrets: [String]
  ) -> Outcome {
    let answered: Upstream.Answer
    switch answer {
    case .failure(let failure): return .failed(failure.reason)
    case .success(let answer): answered = answer
    }
    if let reason = reasonNotToPassOn(answered) { return .failed(reason) }
    let json = try? JSON(parsing: answered.body)
    let isResult = answered.status == 200
    let isCredits = path == RecordedCalls.credits
    guard !isResult || (isCredits ? json?.object != nil : json?.array != nil) else {
      return .failed("the service's answer is no \(isCredits ? "object" : "list")")
    }
    let text = isCredits ? json?.withoutContent.encoded ?? [] : answered.body
    let recording = Recording(
      recordedAt: Timestamp(nanoseconds: System.wallNanoseconds()),
      contract: ContractRevision(ofAnswerWith: answered.headers), provider: nil, mode: .sync,
      path: path, request: .null, status: answered.status,
      headers: RecordedHeaders(answered.headers), latencyMs: answered.latencyMs, credits: nil,
      sequence: 1, answer: isResult ? .result(text) : .error(text))
    if isResult || recordsErrors, json != nil {
      writer.write(recording, nil, secrets + answered.credentials)
    }
    guard isResult else {
      return .refused(
        status: answered.status, body: answered.body, retryAfter: answered.retryAfter)
    }
    let file = RecordingFolder.File(name: "recorded", recording: recording)
    return .result(RecordedAnswer(file, chargesRecorded: false))
  }
}

extension JSON {
  /// The same members with the same types, without what they say: of an account nothing else is
  /// anybody's business.
  fileprivate var withoutContent: JSON {
    switch self {
    case .integer: .integer(0)
    case .decimal: .decimal(0)
    case .string(let text):
      .string(Timestamp(text: text) == nil ? "" : Timestamp(milliseconds: 0).text)
    case .array(let elements): .array(elements.map(\.withoutContent))
    case .object(let object):
      .object(
        JSONObject(object.members.map { JSONObject.Member($0.name, $0.value.withoutContent) }))
    default: self
    }
  }
}
