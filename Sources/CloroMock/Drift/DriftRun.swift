import CloroContract
import JSON
import Platform
import Simulation

/// Asks a service, and compares its answers with the double's.
package struct DriftRun {
  /// Whom to ask, and how much that may cost.
  package struct Order: Sendable {
    /// The service's address without a slash at its end.
    package var upstream: String
    package var key: String
    /// The most credits that may be spent, in this run and those that it resumes.
    package var mostCredits: Int64
    /// The revision to compare with; nil takes the one that the service's headers show.
    package var contract: ContractRevision?
    /// The file of the certificates to trust; nil takes the system's.
    package var authorities: String?
    /// The file that says how far an earlier run has come, and then how far this one has.
    package var progress: String?
    /// How long a task may take, in seconds. The default is 120.
    package var taskSeconds = 120

    package init(upstream: String, key: String, mostCredits: Int64) {
      self.upstream = upstream
      self.key = key
      self.mostCredits = mostCredits
    }
  }

  /// Statuses that say nothing of the contract, only of the moment.
  private static let passing: Set<Int> = [408, 425, 429, 499, 500, 502, 503, 504]
  /// How long a synchronous answer may take, in seconds: an attempt has five minutes.
  private static let answerSeconds = 330

  private let order: Order
  private let client: UpstreamClient
  private let revision: ContractRevision
  private let reference: DriftReference
  private var results: KnownResults
  private var purse: DriftPurse
  private var comparison: DriftComparison
  private var progress: DriftProgress
  /// Why a rule wasn't looked at although a probe would.
  private var reasons: [String: String] = [:]
  private var isOutOfCredits = false
  /// Whether an answer said nothing, because the service had trouble.
  private var hadTrouble = false
  /// How many requests in a row got no answer.
  private var lost = 0
  /// That of this run's task. Keys stay taken for a day, so each run has one of its own.
  private let idempotencyKey =
    "cloro-mock-drift-" + String(System.wallNanoseconds(), radix: 16)

  /// Runs a comparison.
  ///
  /// - Throws: When it can't begin: the file of an earlier run can't be used, or there is nothing
  ///   to compare with.
  package static func report(_ order: Order) throws(DriftFailure) -> DriftReport {
    let client = UpstreamClient(base: order.upstream, authorities: order.authorities)
    let earlier = try earlier(order)
    let (revision, strangers): (ContractRevision, ContractRevision)
    do throws(DriftFailure) {
      let shown = try Self.revisions(of: client, key: order.key)
      revision = order.contract ?? earlier?.contract ?? shown.own
      strangers = order.contract ?? shown.strangers
    } catch {
      var report = DriftReport(contract: order.contract ?? earlier?.contract ?? .july2026)
      report.findings = earlier?.findings ?? []
      report.spent = earlier?.spent ?? 0
      report.cap = order.mostCredits
      report.failure = error.reason
      return report
    }
    if let earlier, earlier.contract != revision {
      throw DriftFailure(
        reason: "the earlier run compared with \(earlier.contract.rawValue), not with"
          + " \(revision.rawValue)")
    }
    var run = try DriftRun(order, client, revision, strangers, earlier)
    defer { run.reference.stop() }
    return try run.report()
  }

  private static func earlier(_ order: Order) throws(DriftFailure) -> DriftProgress? {
    guard let path = order.progress else { return nil }
    let text: [UInt8]
    do throws(SystemError) {
      text = try System.contents(of: path, atMost: 16 << 20)
    } catch {
      guard System.fileStatus(path, followsLinks: false) != nil else { return nil }
      throw DriftFailure(reason: "\(path): can't be read: \(error.reason)")
    }
    guard !text.isEmpty else { return nil }
    do throws(DriftFailure) {
      let earlier = try DriftProgress(text)
      guard earlier.upstream == order.upstream else {
        throw DriftFailure(reason: "upstream: is of another service, \(earlier.upstream)")
      }
      return earlier
    } catch {
      throw DriftFailure(reason: "\(path): \(error.reason)")
    }
  }

  private init(
    _ order: Order, _ client: UpstreamClient, _ revision: ContractRevision,
    _ strangers: ContractRevision, _ earlier: DriftProgress?
  ) throws(DriftFailure) {
    self.order = order
    self.client = client
    self.revision = revision
    reference = try DriftReference(revision, strangers: strangers)
    results = KnownResults(revision)
    let progress = earlier ?? DriftProgress(upstream: order.upstream, contract: revision)
    self.progress = progress
    purse = DriftPurse(
      cap: order.mostCredits, spent: progress.spent, committed: progress.committed,
      factor: progress.factor)
    comparison = DriftComparison(revision, secrets: [order.key])
    comparison.resume(progress.findings, shown: progress.shown)
  }

  /// The revisions that most of the signs speak for, so that it doesn't depend on one that drifts:
  /// that of the key, and that of refusals of strangers, which a double may answer in another one.
  private static func revisions(
    of client: UpstreamClient, key: String
  ) throws(DriftFailure) -> (own: ContractRevision, strangers: ContractRevision) {
    let (refused, served): (UpstreamClient.Answer, UpstreamClient.Answer)
    do throws(UpstreamClient.Failure) {
      refused = try client.send("GET", "/v1/no-such-path")
      served = try client.send(
        "GET", "/v1/no-such-path", headers: ["Authorization: Bearer \(key)"])
    } catch {
      throw DriftFailure(reason: "the service doesn't answer: \(error.reason)")
    }
    guard served.status != 401 && served.status != 403 else {
      throw DriftFailure(
        reason: "the service doesn't take the key: it answers \(served.status)")
    }
    guard served.status < 500, served.status != 429 else {
      throw DriftFailure(reason: "the service answers \(served.status)")
    }
    func revision(_ answer: UpstreamClient.Answer) -> ContractRevision {
      let signs = [
        answer["X-Request-ID"] != nil, answer["X-Latency-Ms"] != nil,
        (try? JSON(parsing: answer.body))?["success"] != nil,
      ]
      return signs.count { $0 } >= 2 ? .october2026 : .july2026
    }
    return (revision(served), revision(refused))
  }

  // MARK: The run

  private mutating func report() throws(DriftFailure) -> DriftReport {
    var report = DriftReport(contract: revision)
    let probes = DriftProbe.all(in: revision)
    for var probe in probes where !progress.done.contains(probe.name) {
      if case .task = probe.subject { probe.body = probe.body.map(withKey) }
      guard !(isOutOfCredits && probe.price > 0) else {
        skip(probe, "the account has too few credits")
        continue
      }
      guard purse.allows(probe.price) else {
        skip(probe, "the cap of credits leaves no room for it")
        continue
      }
      do throws(DriftFailure) {
        try make(probe)
      } catch {
        report.failure = comparison.clean(error.reason)
        break
      }
    }
    progress.prices.tell(&comparison)
    if report.failure == nil, hadTrouble, comparison.findings.isEmpty {
      report.failure = "the service had trouble with some requests"
    }
    report.findings = comparison.findings
    report.spent = purse.spent
    report.cap = order.mostCredits
    let done = Set(progress.done)
    report.setRules(
      checked: comparison.shown.union(
        probes.filter { done.contains($0.name) }.flatMap(\.rules)),
      reasons: reasons, failure: report.failure)
    return report
  }

  private mutating func skip(_ probe: DriftProbe, _ reason: String) {
    for rule in probe.rules where reasons[rule] == nil { reasons[rule] = reason }
  }

  /// Makes a probe and notes that it was made.
  private mutating func make(_ probe: DriftProbe) throws(DriftFailure) {
    // A run that is killed now doesn't know what the question has cost.
    if probe.price > 0 { try save(purse.assumingLoss(of: probe.price)) }
    let found: UpstreamClient.Answer
    do throws(UpstreamClient.Failure) {
      found = try ask(probe)
      lost = 0
    } catch {
      if probe.price > 0 { purse.take(nil, price: probe.price) }
      skip(probe, "there was no answer")
      hadTrouble = true
      lost += 1
      try save(purse)
      // A question that costs something isn't repeated, and may fail alone.
      guard probe.price > 0, lost < 2 else {
        throw DriftFailure(reason: "the service doesn't answer: \(error.reason)")
      }
      return
    }
    let expected = try reference.answer(to: probe)
    let isComplete = try compare(found, expected, probe)
    if isComplete { progress.done.append(probe.name) }
    try save(purse)
  }

  private func ask(_ probe: DriftProbe) throws(UpstreamClient.Failure) -> UpstreamClient.Answer {
    let key: String? =
      switch probe.authorization {
      case .own: order.key
      case .none: nil
      case .other(let key): key
      }
    let headers = key.map { ["Authorization: Bearer \($0)"] } ?? []
    guard probe.price == 0 else {
      return try client.send(
        probe.method, probe.path, headers: headers, body: probe.body, within: Self.answerSeconds)
    }
    do throws(UpstreamClient.Failure) {
      return try client.send(probe.method, probe.path, headers: headers, body: probe.body)
    } catch {
      return try client.send(probe.method, probe.path, headers: headers, body: probe.body)
    }
  }

  private func save(_ purse: DriftPurse) throws(DriftFailure) {
    guard let path = order.progress else { return }
    var progress = progress
    (progress.spent, progress.committed) = (purse.spent, purse.committed)
    progress.factor = purse.factor
    progress.findings = comparison.findings
    progress.shown = comparison.shown.sorted()
    do throws(OutputFile.Failure) {
      try OutputFile.writePrivately(progress.encoded, to: path)
    } catch {
      throw DriftFailure(reason: "\(error)")
    }
  }

  /// Takes from the purse what an answer has cost. A refusal is free, unless it says otherwise.
  private mutating func pay(_ found: UpstreamClient.Answer, _ probe: DriftProbe) {
    let charged = found["X-Credits-Charged"].flatMap { Int64($0) }
    if found.status == 200, probe.isMonitor, probe.method == "POST" {
      purse.take(charged, price: probe.price)
    } else if let charged, charged > 0 {
      purse.take(charged, price: 0)
    }
  }

  // MARK: Comparing

  /// - Returns: Whether the answer says something of the rules.
  private mutating func compare(
    _ found: UpstreamClient.Answer, _ expected: UpstreamClient.Answer, _ probe: DriftProbe
  ) throws(DriftFailure) -> Bool {
    if case .task = probe.subject {} else { pay(found, probe) }
    let body = try? JSON(parsing: found.body)
    if found.status != expected.status {
      if found.status == 401, case .own = probe.authorization {
        throw DriftFailure(reason: "the service doesn't take the key any more")
      }
      guard !Self.passing.contains(found.status) else {
        hadTrouble = true
        skip(probe, "the service answered \(found.status)")
        return false
      }
      if probe.price > 0, body?["error"]?["code"]?.string == "INSUFFICIENT_CREDITS" {
        isOutOfCredits = true
        skip(probe, "the account has too few credits")
        return false
      }
      let isUnavailable = body?["error"]?["code"]?.string == "MODEL_UNAVAILABLE"
      comparison.note(
        .status, isUnavailable ? "admission.model-unavailable" : probe.rules[0],
        "\(probe.method) \(probe.path) status", expected: JSON(expected.status),
        found: JSON(found.status), asked: probe.name)
      return true
    }
    comparison.compareHeaders(found, with: expected, probe)
    guard let body else {
      if case .task = probe.subject { purse.take(nil, price: probe.price) }
      comparison.note(
        .type, probe.rules[0], "\(probe.method) \(probe.path) body", expected: "JSON",
        asked: probe.name)
      return true
    }
    let wanted = (try? JSON(parsing: expected.body)) ?? .null
    switch probe.subject {
    case .values: comparison.compareValues(body, with: wanted, probe, status: expected.status)
    case .members:
      var shape = ResultShape()
      shape.learn(wanted)
      for other in try reference.otherAnswers(to: probe) {
        if let json = try? JSON(parsing: other.body) { shape.learn(json) }
      }
      comparison.compareMembers(
        body, with: shape, place: "\(probe.method) \(probe.path)", joint: " ",
        rules: (probe.rules[0], probe.rules[0], probe.rules[0]), asked: probe.name)
    case .countries(let model):
      comparison.compareCountries(body, with: wanted, model: model, probe)
    case .states: comparison.compareStates(body, with: wanted, probe)
    case .result(let request, let extra):
      compareResult(body, expected, found, request, extra, probe)
    case .task(let request): return try followTask(body, wanted, request, probe)
    }
    return true
  }

  private mutating func compareResult(
    _ body: JSON, _ expected: UpstreamClient.Answer, _ found: UpstreamClient.Answer,
    _ request: MonitorRequest, _ extra: DriftProbe.Extra?, _ probe: DriftProbe
  ) {
    if let price = expected["X-Credits-Charged"].flatMap({ Int64($0) }),
      let charged = found["X-Credits-Charged"].flatMap({ Int64($0) })
    {
      progress.prices.add(
        DriftPrices.Seen(
          provider: request.provider, extra: extra?.name, rule: extra?.rule, isSync: true,
          expected: price, found: charged, example: probe.name))
    }
    let envelope: JSON = ["success": true, "result": [:]]
    var shape = ResultShape()
    shape.learn(envelope)
    var bare = body
    if case .object(var object) = body, object["result"]?.object != nil {
      object["result"] = [:]
      bare = .object(object)
    }
    let rule = "results.envelope"
    comparison.compareMembers(
      bare, with: shape, place: "answer", rules: (rule, rule, rule), asked: probe.name)
    guard let result = body["result"], result.object != nil else { return }
    comparison.compareResult(
      result, with: results.shape(of: request), to: request, question: DriftProbe.question,
      asked: probe.name)
  }

  // MARK: A task

  /// Compares a submission's answer, reads the task until it has ended, and compares that too.
  private mutating func followTask(
    _ body: JSON, _ expected: JSON, _ request: MonitorRequest, _ probe: DriftProbe
  ) throws(DriftFailure) -> Bool {
    let told = body["credits"]?["creditsToCharge"]?.integer
    purse.take(told, price: probe.price)
    try save(purse)
    var shape = ResultShape()
    shape.learn(expected)
    comparison.compareMembers(
      body, with: shape, place: "POST \(probe.path)", joint: " ",
      rules: ("async.created", "async.created", "async.created"), asked: probe.name)
    let published = expected["credits"]?["creditsToCharge"]?.integer ?? probe.price
    if let told {
      progress.prices.add(
        DriftPrices.Seen(
          provider: request.provider, extra: nil, rule: nil, isSync: false, expected: published,
          found: told, example: probe.name))
    }
    for name in ["taskType", "priority"] {
      guard let found = body["task"]?[name], let wanted = expected["task"]?[name], found != wanted,
        found.typeName == wanted.typeName
      else { continue }
      comparison.note(
        .code, "async.summary", "POST \(probe.path) task.\(name)", expected: wanted, found: found,
        asked: probe.name)
    }
    guard let id = body["task"]?["id"]?.string, Self.isPlain(id),
      let ownID = expected["task"]?["id"]?.string
    else { return true }
    let ended = try end(of: id, probe)
    let own = try ownEnd(ownID)
    if let ended { compareEnd(ended, own, told, request, probe) }
    try readByKey(id, probe)
    try submitAgain(probe, hasEnded: ended != nil)
    return true
  }

  /// A task's body with an idempotency key that no other run has used.
  private func withKey(_ body: [UInt8]) -> [UInt8] {
    guard var object = (try? JSON(parsing: body))?.object else { return body }
    object.append("idempotencyKey", .string(idempotencyKey))
    return JSON.object(object).encoded
  }

  /// Reads the task by its idempotency key.
  private mutating func readByKey(_ id: String, _ probe: DriftProbe) throws(DriftFailure) {
    let rule = "async.read-by-key"
    let answer: UpstreamClient.Answer
    do throws(UpstreamClient.Failure) {
      answer = try client.send(
        "GET", "/v1/async/task/\(idempotencyKey)", headers: ["Authorization: Bearer \(order.key)"])
    } catch {
      throw DriftFailure(reason: "the service doesn't answer: \(error.reason)")
    }
    guard !Self.passing.contains(answer.status) else {
      reasons[rule] = "the service answered \(answer.status)"
      return
    }
    let found = (try? JSON(parsing: answer.body))?["task"]?["id"]?.string
    guard answer.status != 200 || found != id else { return }
    comparison.note(
      .status, rule, "GET /v1/async/task/{idempotencyKey}", expected: "200 with the task",
      found: .string("\(answer.status)" + (answer.status == 200 ? " with another task" : "")),
      asked: "GET /v1/async/task/{idempotencyKey}")
  }

  /// Submits the same idempotency key again, alone and in a batch, which the service refuses.
  /// Should it take the task, that costs as much as the first: so that much must be left.
  private mutating func submitAgain(
    _ probe: DriftProbe, hasEnded: Bool
  ) throws(DriftFailure) {
    let conflict = revision == .july2026 ? "async.conflict" : "async.conflict-october"
    if !hasEnded { reasons["async.key-bound"] = "the task hasn't ended" }
    let calls = [
      ("/v1/async/task", probe.body ?? [], ["async.key-unique", conflict, "async.key-bound"]),
      (
        "/v1/async/task/batch", Array("[".utf8) + (probe.body ?? []) + Array("]".utf8),
        ["batch.item-codes"]
      ),
    ]
    for (path, body, rules) in calls {
      let again = DriftProbe(
        "POST", path, String(decoding: body, as: UTF8.self),
        named: "POST \(path) with a used idempotencyKey", price: probe.price, text: conflict,
        rules: rules)
      guard purse.allows(again.price) else {
        skip(again, "the cap of credits leaves no room for it")
        continue
      }
      try save(purse.assumingLoss(of: again.price))
      let found: UpstreamClient.Answer
      do throws(UpstreamClient.Failure) {
        found = try ask(again)
      } catch {
        purse.take(nil, price: again.price)
        skip(again, "there was no answer")
        hadTrouble = true
        continue
      }
      try compareConflict(found, again)
      try save(purse)
    }
  }

  private mutating func compareConflict(
    _ found: UpstreamClient.Answer, _ again: DriftProbe
  ) throws(DriftFailure) {
    let body = (try? JSON(parsing: found.body)) ?? .null
    let isBatch = again.path.hasSuffix("batch")
    let isTaken =
      isBatch
      ? body["summary"]?["succeeded"]?.integer != 0 : found.status == 200
    guard !Self.passing.contains(found.status) else {
      hadTrouble = true
      return skip(again, "the service answered \(found.status)")
    }
    if found.status == 200, isTaken {
      let told = body["credits"]?["creditsToCharge"]?.integer
      purse.take(isBatch ? nil : told, price: again.price)
    }
    let expected = try reference.answer(to: again)
    guard found.status == expected.status else {
      return comparison.note(
        .status, again.rules[0], "\(again.name) status", expected: JSON(expected.status),
        found: JSON(found.status), asked: again.name)
    }
    comparison.compareHeaders(found, with: expected, again)
    let wanted = (try? JSON(parsing: expected.body)) ?? .null
    comparison.compareValues(body, with: wanted, again, status: expected.status)
  }

  /// Whether an identifier can stand in a path as it is.
  private static func isPlain(_ id: String) -> Bool {
    !id.isEmpty && id.utf8.count <= 100
      && id.utf8.allSatisfy {
        0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || $0 == UInt8(ascii: "-")
      }
  }

  /// Reads the service's task until it has ended.
  ///
  /// - Returns: nil when it hasn't in time, or can't be read; what wasn't looked at is noted.
  private mutating func end(
    of id: String, _ probe: DriftProbe
  ) throws(DriftFailure) -> JSON? {
    let path = "/v1/async/task/\(id)"
    let rules = ["async.read-shape", "async.charged", "async.result-unwrapped"]
    for attempt in 0...max(1, order.taskSeconds) {
      // The service asks for a read a second at most.
      if attempt > 0 { System.pause(seconds: attempt == 1 ? 0.5 : 1.1) }
      let answer: UpstreamClient.Answer
      do throws(UpstreamClient.Failure) {
        answer = try client.send(
          "GET", path, headers: ["Authorization: Bearer \(order.key)"])
      } catch {
        throw DriftFailure(reason: "the service doesn't answer: \(error.reason)")
      }
      guard answer.status == 200, let json = try? JSON(parsing: answer.body) else {
        if Self.passing.contains(answer.status) { continue }
        comparison.note(
          .status, "async.read-shape", "GET /v1/async/task/{taskId} status", expected: 200,
          found: JSON(answer.status), asked: "GET /v1/async/task/{taskId}")
        return nil
      }
      switch json["task"]?["status"]?.string {
      case "COMPLETED": return json
      case "QUEUED", "PROCESSING":
        let rule = "async.response-when-finished"
        comparison.see([rule])
        if let response = json["response"] {
          comparison.note(
            .added, rule, "GET /v1/async/task/{taskId} response", found: .string(response.typeName),
            asked: probe.name)
        }
      case "FAILED":
        for rule in rules { reasons[rule] = "the task has failed" }
      default:
        comparison.note(
          .code, "async.read-shape", "GET /v1/async/task/{taskId} task.status",
          expected: "COMPLETED", found: json["task"]?["status"] ?? .null, asked: probe.name)
      }
      return nil
    }
    for rule in rules { reasons[rule] = "the task took longer than \(order.taskSeconds) s" }
    return nil
  }

  /// The double's own task when it has ended.
  private func ownEnd(_ id: String) throws(DriftFailure) -> JSON {
    for _ in 0..<500 {
      let answer = try reference.answer("GET", "/v1/async/task/\(id)")
      let json = (try? JSON(parsing: answer.body)) ?? .null
      if json["task"]?["status"]?.string == "COMPLETED" { return json }
      System.pause(seconds: 0.01)
    }
    throw DriftFailure(reason: "the double to compare with doesn't end its task")
  }

  private mutating func compareEnd(
    _ ended: JSON, _ own: JSON, _ told: Int64?, _ request: MonitorRequest, _ probe: DriftProbe
  ) {
    func bare(_ json: JSON) -> JSON {
      guard case .object(var object) = json, object["response"]?.object != nil else { return json }
      object["response"] = [:]
      return .object(object)
    }
    let asked = "GET /v1/async/task/{taskId}"
    var shape = ResultShape()
    shape.learn(bare(own))
    comparison.compareMembers(
      bare(ended), with: shape, place: asked, joint: " ",
      rules: ("async.read-shape", "async.read-shape", "async.read-shape"), asked: asked)
    if let charged = ended["credits"]?["creditsCharged"]?.integer, let told, charged != told {
      if charged > told {
        let (more, isTooMuch) = charged.subtractingReportingOverflow(told)
        purse.take(isTooMuch ? .max : more, price: 0)
      }
      comparison.note(
        .price, "async.charged", "\(request.provider.rawValue) creditsCharged",
        expected: JSON(told), found: JSON(charged), asked: asked)
    }
    guard let response = ended["response"], response.object != nil else { return }
    comparison.compareResult(
      response, with: results.shape(of: request), to: request, question: DriftProbe.question,
      asked: asked)
  }
}

extension DriftReport {
  /// Says which of the revision's rules were looked at, and why the others weren't.
  ///
  /// - Parameter others: Why a rule that is in no other way excused wasn't; nil for the reason not
  ///   to probe it.
  mutating func setRules(
    checked: Set<String>, reasons: [String: String], failure: String?, others: String? = nil
  ) {
    let rules = Self.rules(of: contract)
    self.checked = rules.filter { checked.contains($0) && reasons[$0] == nil }
    let done = Set(self.checked)
    unchecked = rules.filter { !done.contains($0) }.map { rule in
      let isLost = failure != nil && DriftProbe.isProbed(rule, in: contract)
      let usual = isLost ? "the run ended before" : DriftProbe.reason(notToCheck: rule)
      return Unchecked(rule: rule, reason: reasons[rule] ?? others ?? usual)
    }
  }

  /// The rules of a revision in the order of the contract.
  static func rules(of revision: ContractRevision) -> [String] {
    let file = try? JSON(parsing: EmbeddedFiles.file("conformance"))
    return file?["rules"]?.array?.compactMap { rule in
      let isOfRevision = rule["revision"]?.array?.contains(.string(revision.rawValue)) ?? false
      return isOfRevision ? rule["id"]?.string : nil
    } ?? []
  }
}

extension DriftProbe {
  static func isProbed(_ rule: String, in revision: ContractRevision) -> Bool {
    all(in: revision).contains { $0.rules.contains(rule) }
  }
}
