import CloroContract
import JSON

/// Compares recorded answers with what the double makes up, without asking anybody.
package enum DriftRecordings {
  /// Compares all recordings of a folder, each in the revision in which it was recorded.
  ///
  /// Results, prices and headers of answered questions are compared, lists of countries and
  /// states, and which members a report of credits has. Refusals aren't: a recording doesn't say in
  /// which state the account was.
  ///
  /// - Parameter contract: The revision to compare with; nil takes the recordings' own.
  /// - Throws: What is wrong with the files, one problem a line.
  package static func report(
    of folder: String, contract: ContractRevision?
  ) throws(DriftFailure) -> DriftReport {
    let files = try read(folder)
    let answered = files.filter { $0.recording.status == 200 }
    let newest = answered.map(\.recording.contract).max { $0.rawValue < $1.rawValue }
    var report = DriftReport(contract: contract ?? newest ?? .july2026)
    var checked: Set<String> = []
    for revision in ContractRevision.allCases {
      let own = answered.filter { (contract ?? $0.recording.contract) == revision }
      guard !own.isEmpty else { continue }
      var comparing = Comparing(revision)
      for file in own { comparing.compare(file) }
      comparing.prices.tell(&comparing.comparison)
      var calls = DriftCalls(revision)
      calls.compare(own.filter { $0.recording.provider == nil }, &comparing.comparison)
      report.findings += comparing.comparison.findings
      checked.formUnion(comparing.checked.union(calls.checked))
    }
    if answered.isEmpty { report.failure = "there is no recording of an answer" }
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
    var checked: Set<String> = []

    init(_ revision: ContractRevision) {
      self.revision = revision
      results = KnownResults(revision)
      comparison = DriftComparison(revision, secrets: [])
    }

    mutating func compare(_ file: RecordingFolder.File) {
      let recording = file.recording
      guard let request = recording.question(in: revision) else { return }
      checked.formUnion(["results.complete", "results.closed", "results.documented"])
      comparison.compareResult(
        recording.answer.json, with: results.shape(of: request), request.provider, asked: file.name)
      let isSync = recording.mode == .sync
      if isSync { compareHeaders(recording, request, file.name) }
      // What clusters cost isn't known from the question.
      guard let credits = recording.credits, !request.include.contains(.expandProducts) else {
        return
      }
      let extra = Self.extra(of: request, revision)
      prices.add(
        DriftPrices.Seen(
          provider: request.provider, extra: extra?.name, rule: extra?.rule, isSync: isSync,
          expected: PriceList(of: revision).price(of: request, isSync: isSync), found: credits,
          example: file.name))
      let base = revision == .july2026 ? "credits.base-prices-july" : "credits.base-prices"
      checked.formUnion([extra?.rule ?? (isSync ? base : "async.charged")])
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
      checked.formUnion(rules)
    }
  }
}

extension Recording {
  /// The recorded question as the contract reads it; nil when the revision doesn't take it.
  func question(in revision: ContractRevision) -> MonitorRequest? {
    guard let provider else { return nil }
    var ignored = IgnoredMembers()
    let validated = MonitorRequest.validate(
      request, for: provider, in: revision, ignored: &ignored)
    guard case .valid(var question) = validated else { return nil }
    // Which question it is doesn't matter for what its answer looks like.
    question.question = DriftProbe.question
    return question
  }
}
