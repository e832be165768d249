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
    var question: JSON { body.map(Recorder.listed) ?? request.payload }
  }

  enum Outcome: Sendable {
    /// The result, byte for byte.
    case result(RecordedAnswer)
    /// A client's or a server's error, with its body and what it tells to wait.
    case refused(status: Int, body: [UInt8], retryAfter: Int64?)
    /// There was no answer, or none that can be understood or passed on.
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

  /// How often a task is looked at, in nanoseconds of real time. [chosen]
  private static let pollInterval: Int64 = 2_000_000_000
  /// How often at most: a day's worth.
  private static let mostPolls = 43_200
  /// The most bytes of a task's identifier, which goes into a path. [chosen]
  private static let longestID = 128

  let upstream: Upstream
  let writer: RecordingWriter
  let recordsErrors: Bool
  /// The answers to calls that ask no provider.
  let calls: RecordedCalls
  /// Finds the key that the service is asked with.
  private let ownKey: Secrets
  private let logger: Logger
  private let budget: Mutex<RecordingBudget>

  /// - Parameters:
  ///   - files: What is in the folder already.
  ///   - most: The credits that may be spent.
  init(
    in folder: RecordingFolder, _ files: [RecordingFolder.File], from upstream: Upstream,
    atMost most: Int64, recordsErrors: Bool, secrets: [String], logger: Logger
  ) {
    self.upstream = upstream
    self.recordsErrors = recordsErrors
    self.logger = logger
    ownKey = Secrets([upstream.place.key], findsKeys: false)
    writer = RecordingWriter(
      folder, files, secrets: secrets + [upstream.place.key], logger: logger)
    calls = RecordedCalls(files)
    budget = Mutex(RecordingBudget(most: most))
  }

  /// Makes the threads that it needs.
  func start() throws(SystemError) { try upstream.start() }

  /// Ends what is under way: whoever waits for it is told so.
  func stop() { upstream.stop() }

  // MARK: On and off

  /// Whether questions are to be asked that nothing else answers.
  var isOn: Bool { budget.withLock { $0.isOn } }

  /// Records from now on.
  ///
  /// - Parameter most: The credits that may be spent from now on; nil for all that the process may
  ///   still spend, which is never more.
  func begin(atMost most: Int64?) -> Progress {
    budget.withLock { $0.begin(atMost: most) }
    return progress
  }

  /// Asks no further question. What the service has been asked already is paid for, and still
  /// answers and is recorded.
  func end() -> Progress {
    budget.withLock { $0.end() }
    return progress
  }

  private var progress: Progress {
    // What has ended is written: so nobody sees that nothing is under way before the file is there.
    let budget = budget.withLock { $0 }
    return Progress(
      isOn: budget.isOn, folder: writer.folder.path, recorded: writer.written,
      spent: budget.spent, remaining: budget.remaining, underWay: budget.underWay)
  }

  /// Sets a price aside, right before a question is asked: ``ask(_:completion:)`` or
  /// ``askAsTask(_:completion:)`` must follow. When that would be more than may be spent recording
  /// stops, and what is asked from then on is answered without the service.
  ///
  /// - Returns: Whether the service may be asked.
  func reserve(_ price: Int64) -> Bool {
    let (reservation, limit) = budget.withLock { ($0.reserve(price), $0.limit) }
    if case .usedUp = reservation {
      logger.warning(
        "recording has stopped: the credits that it may spend are used up",
        metadata: ["most": "\(limit)"])
    }
    return reservation == .reserved
  }

  /// Gives back a price that was set aside for a question that isn't asked after all.
  func release(_ price: Int64) {
    budget.withLock { budget in
      budget.settle(price, charged: 0)
      budget.ended()
    }
  }

  // MARK: Questions

  /// Asks a question whose price is set aside.
  func ask(_ asked: Asked, completion: @escaping @Sendable (Outcome) -> Void) {
    upstream.ask(asked.request.provider.path, posting: asked.question.encoded) { [self] answer in
      completion(finish(asked, .sync, answer))
    }
  }

  /// Submits a question as a task, without a webhook, and looks at it until it has ended.
  func askAsTask(_ asked: Asked, completion: @escaping @Sendable (Outcome) -> Void) {
    let body: JSON = [
      "taskType": .string(asked.request.provider.taskType), "payload": asked.request.payload,
    ]
    let start = System.monotonicNanoseconds()
    upstream.ask("/v1/async/task", posting: body.encoded) { [self] answer in
      guard case .success(let submitted) = answer, submitted.status == 200,
        let id = (try? JSON(parsing: submitted.body))?["task"]?["id"]?.string, Self.isUsable(id)
      else { return completion(finish(asked, .async, answer)) }
      poll(id, asked, since: start, left: Self.mostPolls, completion)
    }
  }

  /// Whether a task's identifier can stand in a path.
  private static func isUsable(_ id: String) -> Bool {
    1...longestID ~= id.utf8.count
      && id.utf8.allSatisfy { byte in
        let letter = byte | 0x20
        return 0x61...0x7A ~= letter || 0x30...0x39 ~= byte || "-_".utf8.contains(byte)
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
      let hasFailed = status == "FAILED"
      let ended = answer.map { answer in
        Upstream.Answer(
          status: hasFailed ? 500 : answer.status, headers: answer.headers,
          body: hasFailed ? (json?["response"] ?? .null).encoded : answer.body,
          latencyMs: (System.monotonicNanoseconds() - start) / 1_000_000)
      }
      let charged = (try? answer.get())?.charged(json)
      completion(
        finish(asked, .async, ended, charged: hasFailed ? charged ?? 0 : charged, taskID: id))
    }
  }

  // MARK: Answers

  /// Settles what an answer has cost, keeps it, and says what the client is to get.
  ///
  /// - Parameter charged: What the service has charged, where the answer itself doesn't say it.
  private func finish(
    _ asked: Asked, _ mode: Recording.Mode,
    _ answer: Result<Upstream.Answer, UpstreamClient.Failure>, charged: Int64? = nil,
    taskID: String? = nil
  ) -> Outcome {
    defer { budget.withLock { $0.ended() } }
    let answered: Upstream.Answer
    switch answer {
    case .failure(let failure):
      // The service may have answered, and charged, all the same.
      settle(asked, charged: asked.price)
      return .failed(failure.reason)
    case .success(let answer): answered = answer
    }
    let json = try? JSON(parsing: answered.body)
    let said = charged ?? answered.charged(json)
    let isResult = answered.status == 200
    if let reason = reasonNotToPassOn(answered) {
      settle(asked, charged: said ?? asked.price)
      return .failed(reason)
    }
    let member = mode == .sync ? "result" : "response"
    let text =
      isResult
      ? JSON.text(ofMember: member, in: json == nil ? [] : answered.body).map { Array($0) }
      : answered.body
    guard let text, !isResult || json?[member]?.object != nil else {
      settle(asked, charged: said ?? asked.price)
      return .failed("the service's answer has no \(member)")
    }
    settle(asked, charged: said ?? (isResult ? asked.price : 0))
    let recording = Recording(
      recordedAt: Timestamp(nanoseconds: System.wallNanoseconds()),
      contract: ContractRevision(ofAnswerWith: answered.headers),
      provider: asked.request.provider, mode: mode,
      path: mode == .sync ? asked.request.provider.path : "/v1/async/task",
      request: asked.question, status: answered.status,
      headers: RecordedHeaders(answered.headers), latencyMs: answered.latencyMs, credits: said,
      sequence: 1, answer: isResult ? .result(text) : .error(text))
    if isResult || recordsErrors, json != nil {
      writer.write(
        recording, RecordingKey(asked.request, in: asked.contract),
        asked.secrets + answered.credentials + [taskID].compactMap { $0 })
    }
    guard isResult else {
      return .refused(status: answered.status, body: text, retryAfter: answered.retryAfter)
    }
    let file = RecordingFolder.File(name: "recorded", recording: recording)
    return .result(RecordedAnswer(file, chargesRecorded: false))
  }

  private func settle(_ asked: Asked, charged: Int64) {
    budget.withLock { $0.settle(asked.price, charged: charged) }
  }

  /// Why neither the client nor the journal is to have an answer; nil for one that they may have.
  func reasonNotToPassOn(_ answer: Upstream.Answer) -> String? {
    if ownKey.areIn(answer.body) {
      return "the service's answer repeats the key that it was asked with"
    }
    // Other statuses say something about the message itself, or about where to look for it.
    return answer.status == 200 || 400..<600 ~= answer.status
      ? nil : "the service answered \(answer.status)"
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
}

extension Upstream.Answer {
  /// What the service says that it has charged. A number that nobody could be charged is none.
  ///
  /// - Parameter json: The body.
  func charged(_ json: JSON?) -> Int64? {
    let header = RecordedHeaders(headers)["X-Credits-Charged"].flatMap { Int64($0) }
    let said = json?["credits"]?["creditsCharged"]?.integer ?? header
    return said.flatMap { Recording.creditRange.contains($0) ? $0 : nil }
  }

  /// Seconds.
  var retryAfter: Int64? { RecordedHeaders(headers)["Retry-After"].flatMap { Int64($0) } }

  /// The cookies, identifiers and the like that the headers give, which the body may repeat.
  var credentials: [String] { Secrets.credentials(in: headers, withIdentifiers: true) }
}
