import CloroContract
import JSON
import Logging
import Platform
import Simulation
import Synchronization

/// Asks the real service what the double is asked, and keeps its answers as files.
final class Recorder: Sendable {
  /// What was asked of the double. A class, because each request has room for one, and hardly any
  /// has one.
  final class Asked: Sendable {
    let request: MonitorRequest
    let contract: ContractRevision
    /// The body as it was sent; nil for a task, whose payload is made from the question.
    let body: [UInt8]?
    /// The price, which is set aside until the service has said what it has charged.
    let price: Int64
    /// Texts of this request that must not be recorded, such as its key.
    let secrets: [String]

    init(
      request: MonitorRequest, contract: ContractRevision, body: [UInt8]?, price: Int64,
      secrets: [String]
    ) {
      self.request = request
      self.contract = contract
      self.body = body
      self.price = price
      self.secrets = secrets
    }

    /// What the service is asked and what is recorded: the members that the contract knows, for
    /// others may be anything.
    var question: JSON { body.map(Recorder.listed) ?? request.stored }
  }

  enum Outcome: Sendable {
    /// The result, byte for byte.
    case result(RecordedAnswer)
    /// Another status, with its body and what it tells to wait.
    case refused(status: Int, body: [UInt8], retryAfter: Int64?)
    /// There was no answer, or none that can be understood.
    case failed(String)
  }

  /// What recording has done so far.
  struct Progress: Sendable {
    let isOn: Bool
    let folder: String
    /// How many files this process has written.
    let recorded: Int
    /// The credits that the service has charged, as far as it has said.
    let spent: Int64
    /// The credits that may still be spent, without those that are set aside.
    let remaining: Int64
    /// How many questions the service has been asked whose answers aren't there, or not yet kept.
    let underWay: Int
  }

  private struct State {
    var isOn = true
    /// What may be spent in all as things are now: at most what the process may spend.
    var limit: Int64
    var spent: Int64 = 0
    var reserved: Int64 = 0
    var underWay = 0
    var recorded = 0
    var sequences: [RecordingKey: Int64] = [:]
    var saidFailure = false
    var saidSecret = false
  }

  /// How often a task is looked at, in nanoseconds of real time. [chosen]
  private static let pollInterval: Int64 = 2_000_000_000
  /// How often at most: a day's worth.
  private static let mostPolls = 43_200

  private let folder: RecordingFolder
  private let upstream: Upstream
  private let most: Int64
  private let recordsErrors: Bool
  private let secrets: Secrets
  private let logger: Logger
  private let state: Mutex<State>

  /// - Parameters:
  ///   - files: What is in the folder already: their sequences go on.
  ///   - most: The credits that may be spent.
  init(
    in folder: RecordingFolder, _ files: [RecordingFolder.File], from upstream: Upstream,
    atMost most: Int64, recordsErrors: Bool, secrets: [String], logger: Logger
  ) {
    self.folder = folder
    self.upstream = upstream
    self.most = most
    self.recordsErrors = recordsErrors
    self.secrets = Secrets(secrets + [upstream.place.key])
    self.logger = logger
    var state = State(limit: most)
    for file in files {
      for key in file.recording.keys {
        state.sequences[key] = max(state.sequences[key, default: 0], file.recording.sequence)
      }
    }
    self.state = Mutex(state)
  }

  /// Makes the threads that it needs.
  func start() throws(SystemError) { try upstream.start() }

  // MARK: On and off

  /// Whether questions are to be asked that nothing else answers.
  var isOn: Bool { state.withLock { $0.isOn } }

  /// Records from now on.
  ///
  /// - Parameter most: The credits that may be spent from now on; nil for all that the process may
  ///   still spend, which is never more.
  func begin(atMost most: Int64?) -> Progress {
    state.withLock { state in
      state.isOn = true
      let used = state.spent + state.reserved
      state.limit = most.map { $0 < self.most - used ? used + $0 : self.most } ?? self.most
      return progress(of: state)
    }
  }

  /// Asks no further question. What the service has been asked already is paid for, and still
  /// answers and is recorded.
  func end() -> Progress {
    state.withLock { state in
      state.isOn = false
      return progress(of: state)
    }
  }

  private func progress(of state: State) -> Progress {
    Progress(
      isOn: state.isOn, folder: folder.path, recorded: state.recorded, spent: state.spent,
      remaining: max(0, state.limit - state.spent - state.reserved), underWay: state.underWay)
  }

  /// Sets a price aside, right before a question is asked: ``ask(_:completion:)`` or
  /// ``askAsTask(_:completion:)`` must follow. When that would be more than may be spent recording
  /// stops, and what is asked from then on is answered without the service.
  ///
  /// - Returns: Whether the service may be asked.
  func reserve(_ price: Int64) -> Bool {
    let (isReserved, limit) = state.withLock { state -> (Bool, Int64?) in
      guard state.isOn else { return (false, nil) }
      guard state.spent + state.reserved + price <= state.limit else {
        state.isOn = false
        return (false, state.limit)
      }
      state.reserved += price
      state.underWay += 1
      return (true, nil)
    }
    if let limit {
      logger.warning(
        "recording has stopped: the credits that it may spend are used up",
        metadata: ["most": "\(limit)"])
    }
    return isReserved
  }

  /// Gives back a price that was set aside for a question that isn't asked after all.
  func release(_ price: Int64) {
    settle(price, charged: 0)
    ended()
  }

  private func settle(_ price: Int64, charged: Int64) {
    state.withLock { state in
      state.reserved -= price
      state.spent += charged
    }
  }

  /// An answer is there, and kept if it is to be.
  private func ended() { state.withLock { $0.underWay -= 1 } }

  // MARK: Questions

  /// Asks a question whose price is set aside.
  func ask(_ asked: Asked, completion: @escaping @Sendable (Outcome) -> Void) {
    upstream.ask(asked.request.provider.path, posting: asked.question.encoded) { [self] answer in
      completion(finish(asked, .sync, answer, resultMember: "result"))
    }
  }

  /// Submits a question as a task, without a webhook, and looks at it until it has ended.
  func askAsTask(_ asked: Asked, completion: @escaping @Sendable (Outcome) -> Void) {
    let body: JSON = [
      "taskType": .string(asked.request.provider.taskType), "payload": asked.request.stored,
    ]
    let start = System.monotonicNanoseconds()
    upstream.ask("/v1/async/task", posting: body.encoded) { [self] answer in
      guard case .success(let submitted) = answer, submitted.status == 200,
        let id = (try? JSON(parsing: submitted.body))?["task"]?["id"]?.string
      else { return completion(finish(asked, .async, answer, resultMember: "response")) }
      poll(id, asked, since: start, left: Self.mostPolls, completion)
    }
  }

  private func poll(
    _ id: String, _ asked: Asked, since start: Int64, left: Int,
    _ completion: @escaping @Sendable (Outcome) -> Void
  ) {
    upstream.ask(
      "/v1/async/task/\(id)", posting: nil, after: left == Self.mostPolls ? 0 : Self.pollInterval
    ) { [self] answer in
      let json = (try? answer.get()).flatMap { try? JSON(parsing: $0.body) }
      let status = json?["task"]?["status"]?.string ?? ""
      if ["QUEUED", "PROCESSING"].contains(status), left > 0 {
        return poll(id, asked, since: start, left: left - 1, completion)
      }
      let answer = answer.map { answer in
        Upstream.Answer(
          status: answer.status, headers: answer.headers, body: answer.body,
          latencyMs: (System.monotonicNanoseconds() - start) / 1_000_000)
      }
      guard status != "FAILED" else {
        settle(asked.price, charged: json?["credits"]?["creditsCharged"]?.integer ?? 0)
        ended()
        return completion(
          .refused(
            status: 500, body: (json?["response"] ?? .null).encoded, retryAfter: nil))
      }
      completion(finish(asked, .async, answer, resultMember: "response", taskID: id))
    }
  }

  // MARK: Answers

  private func finish(
    _ asked: Asked, _ mode: Recording.Mode,
    _ answer: Result<Upstream.Answer, UpstreamClient.Failure>,
    resultMember: String, taskID: String? = nil
  ) -> Outcome {
    defer { ended() }
    switch answer {
    case .failure(let failure):
      // The service may have answered, and charged, all the same.
      settle(asked.price, charged: asked.price)
      return .failed(failure.reason)
    case .success(let answer)
    where String(decoding: answer.body, as: UTF8.self)
      .contains(upstream.place.key):
      // Neither the client nor the journal is to have it.
      settle(asked.price, charged: asked.price)
      return .failed("the service's answer repeats the key that it was asked with")
    case .success(let answer):
      let json = try? JSON(parsing: answer.body)
      let headers = RecordedHeaders(answer.headers)
      let said =
        json?["credits"]?["creditsCharged"]?.integer
        ?? headers["X-Credits-Charged"].flatMap { Int64($0) }
      let isResult = answer.status == 200
      settle(asked.price, charged: said ?? (isResult ? asked.price : 0))
      let text =
        isResult
        ? JSON.text(ofMember: resultMember, in: json == nil ? [] : answer.body).map { Array($0) }
        : answer.body
      guard let text, !isResult || json?[resultMember]?.object != nil else {
        return .failed("the service's answer has no \(resultMember)")
      }
      var secrets = secrets
      for secret in asked.secrets + Self.identifiers(of: answer) + [taskID].compactMap({ $0 }) {
        secrets.add(secret)
      }
      let file = RecordingFolder.File(
        name: "recorded",
        recording: Recording(
          recordedAt: Timestamp(nanoseconds: System.wallNanoseconds()),
          contract: ContractRevision(ofAnswerWith: answer.headers),
          provider: asked.request.provider, mode: mode,
          path: mode == .sync ? asked.request.provider.path : "/v1/async/task",
          request: asked.question, status: answer.status,
          headers: headers, latencyMs: answer.latencyMs, credits: said, sequence: 1,
          answer: isResult ? .result(text) : .error(text)))
      if isResult || recordsErrors, json != nil { keep(file.recording, asked, secrets) }
      guard isResult else {
        let seconds = headers["Retry-After"].flatMap { Int64($0) }
        return .refused(status: answer.status, body: text, retryAfter: seconds)
      }
      return .result(RecordedAnswer(file, chargesRecorded: false))
    }
  }

  /// The cookies and identifiers that an answer's headers give, which its body may repeat.
  private static func identifiers(of answer: Upstream.Answer) -> [String] {
    answer.headers.flatMap { name, value -> [String] in
      switch name.lowercased() {
      case "set-cookie":
        let pair = value.prefix { $0 != ";" }
        return [String(pair.drop { $0 != "=" }.dropFirst())]
      case "x-request-id": return [value]
      default: return []
      }
    }
  }

  /// The members of a body that the contract knows.
  fileprivate static func listed(_ body: [UInt8]) -> JSON {
    let names = [
      "prompt", "query", "url", "country", "gl", "hl", "state", "location", "uule", "device",
      "pages", "include", "legacy", "disableWebSearch",
    ]
    guard var object = (try? JSON(parsing: body))?.object else { return .null }
    object = JSONObject(object.members.filter { names.contains($0.name) })
    if let flags = object["include"]?.object {
      object["include"] = .object(
        JSONObject(
          flags.members.filter { member in
            Include.named.contains { $0.name == member.name }
          }))
    }
    return .object(object)
  }

  /// Writes a recording, unless it has a secret in it. What the client gets doesn't depend on it.
  private func keep(_ made: Recording, _ asked: Asked, _ secrets: Secrets) {
    var recording = made
    let keys = recording.keys + [RecordingKey(asked.request, in: asked.contract)]
    recording.sequence = state.withLock { state in
      let next = keys.map { state.sequences[$0, default: 0] }.reduce(0, max) + 1
      for key in keys { state.sequences[key] = next }
      return next
    }
    guard !secrets.areIn(recording.encoded), !recording.keys.isEmpty else {
      let isFirst = state.withLock { state in
        defer { state.saidSecret = true }
        return !state.saidSecret
      }
      if isFirst {
        logger.warning(
          """
          an answer is not recorded: it repeats a key, a cookie or an identifier, or its question \
          can't be read again
          """, metadata: ["provider": "\(asked.request.provider.rawValue)"])
      }
      return
    }
    do throws(OutputFile.Failure) {
      try folder.write(recording)
      state.withLock { $0.recorded += 1 }
    } catch {
      let isFirst = state.withLock { state in
        defer { state.saidFailure = true }
        return !state.saidFailure
      }
      if isFirst {
        logger.error("an answer could not be recorded", metadata: ["reason": "\(error)"])
      }
    }
  }
}
