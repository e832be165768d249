import CloroContract
import JSON

/// Compares recorded answers with what the double makes up, without asking anybody.
package enum DriftRecordings {
  /// Compares all recordings of a folder, each in the revision in which it was recorded.
  ///
  /// Of answered questions results, prices and headers are compared, of lists of countries and
  /// states the codes, and of a report of credits its members. A recording doesn't say in which
  /// state the account was: so an error is compared with the documented one of its code, and only
  /// what is wrong with a question is compared field by field.
  ///
  /// - Parameter contract: The revision to compare with; nil takes the recordings' own.
  /// - Throws: What is wrong with the files, one problem a line.
  package static func report(
    of folder: String, contract: ContractRevision?
  ) throws(DriftFailure) -> DriftReport {
    let files = try read(folder)
    let newest = files.map(\.recording.contract).max { $0.rawValue < $1.rawValue }
    var report = DriftReport(contract: contract ?? newest ?? .july2026)
    var checked: Set<String> = []
    for revision in ContractRevision.allCases {
      let own = files.filter { (contract ?? $0.recording.contract) == revision }
      var comparing = Comparing(revision)
      defer { comparing.reference?.stop() }
      for file in own { try comparing.compare(file) }
      comparing.prices.tell(&comparing.comparison)
      var calls = DriftCalls(revision)
      calls.compare(
        own.filter { $0.recording.provider == nil && $0.recording.status == 200 },
        &comparing.comparison)
      report.findings += comparing.comparison.findings
      checked.formUnion(comparing.comparison.shown.union(calls.checked))
    }
    if checked.isEmpty { report.failure = "there is no recording that can be compared" }
    report.setRules(checked: checked, reasons: [:], failure: nil, others: "no recording shows it")
    return report
  }

  /// The recordings of a folder.
  static func read(_ folder: String) throws(DriftFailure) -> [RecordingFolder.File] {
    do throws(RecordingFolder.Failure) {
      return try RecordingFolder(folder).read()
    } catch {
      throw DriftFailure(reason: error.description)
    }
  }

  private struct Comparing {
    let revision: ContractRevision
    var results: KnownResults
    var comparison: DriftComparison
    var prices = DriftPrices()
    /// A double to ask, for what it takes to know what is wrong with a question.
    private(set) var reference: DriftReference?

    init(_ revision: ContractRevision) {
      self.revision = revision
      results = KnownResults(revision)
      comparison = DriftComparison(revision, secrets: [])
    }

    mutating func compare(_ file: RecordingFolder.File) throws(DriftFailure) {
      let recording = file.recording
      switch (recording.provider, recording.answer) {
      case (.some, .result): compareResult(recording, file.name)
      // Calls that ask no provider are compared together.
      case (.none, .result): break
      case (_, .error): try compareError(recording, file.name)
      }
    }

    /// The double, which is started when it is asked for the first time.
    private mutating func asked() throws(DriftFailure) -> DriftReference {
      if let reference { return reference }
      let made = try DriftReference(revision, strangers: revision)
      reference = made
      return made
    }

    // MARK: Errors

    private mutating func compareError(
      _ recording: Recording, _ name: String
    ) throws(DriftFailure) {
      let found = recording.answer.json
      let error = found["error"] ?? .null
      let isUnavailable = error["code"]?.string == "MODEL_UNAVAILABLE"
      if recording.provider != nil, [400, 422].contains(recording.status), !isUnavailable {
        return try compareValidation(recording, found, name)
      }
      let isEndOfTask =
        recording.mode == .async && found["success"] == nil && error["timestamp"] == nil
        && error.object != nil
      comparison.see(
        comparison.compareRefusal(
          found, status: recording.status, isEndOfTask: isEndOfTask, asked: name))
    }

    /// Compares what is said to be wrong with a question, which the double is asked, too. It costs
    /// nothing there.
    private mutating func compareValidation(
      _ recording: Recording, _ found: JSON, _ name: String
    ) throws(DriftFailure) {
      guard let provider = recording.provider else { return }
      let isSync = recording.mode == .sync
      let body: JSON =
        isSync
        ? recording.request
        : ["taskType": .string(provider.taskType), "payload": recording.request]
      let july = revision == .july2026
      let rules = [
        "validation.every-field", july ? "validation.text-envelope" : "validation.object-envelope",
        isSync ? "validation.sync-status" : july ? "validation.async-422" : "validation.async-400",
      ]
      let probe = DriftProbe(
        "POST", isSync ? provider.path : "/v1/async/task",
        String(decoding: body.encoded, as: UTF8.self), named: name, rules: rules)
      let double = try asked()
      let expected = try double.answer(to: probe)
      comparison.see(rules)
      guard expected.status == recording.status else {
        return comparison.note(
          .status, isSync ? rules[0] : rules[2], "POST \(probe.path) status",
          expected: JSON(expected.status), found: JSON(recording.status), asked: name)
      }
      let wanted = (try? JSON(parsing: expected.body)) ?? .null
      comparison.compareValues(found, with: wanted, probe, status: recording.status)
    }

    // MARK: Answered questions

    private mutating func compareResult(_ recording: Recording, _ name: String) {
      guard let (request, question) = recording.question(in: revision) else { return }
      comparison.see(["results.complete", "results.closed", "results.documented"])
      comparison.compareResult(
        recording.answer.json, with: results.shape(of: request), to: request, question: question,
        asked: name)
      let isSync = recording.mode == .sync
      if isSync { compareHeaders(recording, request, name) }
      // What clusters cost isn't known from the question.
      guard let credits = recording.credits, !request.include.contains(.expandProducts) else {
        return
      }
      let extra = Self.extra(of: request, revision)
      prices.add(
        DriftPrices.Seen(
          provider: request.provider, extra: extra?.name, rule: extra?.rule, isSync: isSync,
          expected: PriceList(of: revision).price(of: request, isSync: isSync), found: credits,
          example: name))
      let base = revision == .july2026 ? "credits.base-prices-july" : "credits.base-prices"
      comparison.see([extra?.rule ?? (isSync ? base : "async.charged")])
    }

    /// What makes a question dearer than a plain one.
    private static func extra(
      of request: MonitorRequest, _ revision: ContractRevision
    ) -> DriftProbe.Extra? {
      let overviews = revision == .july2026 ? "credits.overviews-july" : "credits.overviews"
      if request.provider == .chatgpt, !request.include.isDisjoint(with: .chatgptExtras) {
        return DriftProbe.Extra(name: "searchQueries", rule: "credits.chatgpt-extras")
      }
      if request.state != nil { return DriftProbe.Extra(name: "state", rule: "credits.state") }
      if request.pages > 1 { return DriftProbe.Extra(name: "pages", rule: "credits.pages") }
      return request.include.isDisjoint(with: .overviews)
        ? nil : DriftProbe.Extra(name: "aiOverview", rule: overviews)
    }

    private mutating func compareHeaders(
      _ recording: Recording, _ request: MonitorRequest, _ name: String
    ) {
      let policy = HeaderPolicy.policy(of: revision)
      let names =
        [
          policy.rateLimit, policy.rateRemaining, policy.concurrencyLimit,
          policy.concurrencyCurrent, policy.concurrencyRemaining, policy.creditsCharged,
        ] + (policy.identifiesRequests ? [policy.latency] : [])
      var (expected, found) = (UpstreamClient.Answer(), UpstreamClient.Answer())
      expected.status = 200
      found.status = 200
      expected.headers = names.map { ("\($0)", "\($0)" == "X-RateLimit-Limit" ? "1000" : "1") }
      found.headers = recording.headers.fields.map { ($0.key, $0.value) }
      let july = revision == .july2026
      let rules = [
        "rate-limit.headers", "rate-limit.quota", "rate-limit.remaining",
        "concurrency.counts-itself",
        july ? "concurrency.headers" : "concurrency.headers-october",
        july ? "credits.headers-always" : "credits.headers-on-success",
        july ? "headers.no-identity" : "headers.latency",
      ]
      let probe = DriftProbe("POST", request.provider.path, named: name, rules: rules)
      comparison.compareHeaders(found, with: expected, probe)
      comparison.see(rules)
    }
  }
}

extension Recording {
  /// The recorded question as the contract reads it, but for its text, and that text; nil when the
  /// revision doesn't take it. Which question it is doesn't matter for what its answer looks like.
  func question(in revision: ContractRevision) -> (request: MonitorRequest, text: String)? {
    guard let provider else { return nil }
    var ignored = IgnoredMembers()
    let validated = MonitorRequest.validate(
      request, for: provider, in: revision, ignored: &ignored)
    guard case .valid(var question) = validated else { return nil }
    let text = question.question
    question.question = DriftProbe.question
    return (question, text)
  }
}
