import JSON

@testable import CloroContract
@testable import CloroMock

/// The validation of every kind of body in every revision: accepted requests are within the
/// contract and are answered in JSON, the others are refused in JSON.
enum ValidationFuzzing {
  private static let library = ResultLibrary()
  private static let timestamp = "2026-01-31T12:00:00.000Z"

  static func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let body = try? JSON(parsing: bytes) else { return }
    for revision in ContractRevision.allCases {
      var ignored = IgnoredMembers()
      for provider in Provider.allCases {
        let validated = MonitorRequest.validate(
          body, for: provider, in: revision, ignored: &ignored)
        switch validated {
        case .valid(let request): checkValid(request, provider, revision)
        case .invalid(let issues): checkRefusal(.validationFailed(issues), issues, revision)
        }
      }
      checkTasks(body, revision)
      switch GotoRequest.validate(body, in: revision, ignored: &ignored) {
      case .valid(let request):
        if let target = request.target {
          require(WebAddress(target) != nil, "no address: \(target)")
        }
      case .invalid(let issues): checkRefusal(.validationFailed(issues), issues, revision)
      }
    }
  }

  private static func checkTasks(_ body: JSON, _ revision: ContractRevision) {
    if AsyncTaskRequest.batchIssue(body, in: revision) == nil {
      require(1...AsyncTaskRequest.largestBatch[revision] ~= (body.array ?? []).count, "no batch")
    }
    for task in body.array ?? [body] {
      var ignored = IgnoredMembers()
      let validated = AsyncTaskRequest.validate(
        task, in: revision, unknownMembers: .refuse, ignored: &ignored)
      require(ignored.isEmpty, "a member is ignored that should be refused")
      switch validated {
      case .valid(let task):
        require(
          AsyncTaskRequest.priorities[revision] ~= Int64(task.priority),
          "priority \(task.priority)")
        if let url = task.webhookURL { require(WebAddress(url) != nil, "no address: \(url)") }
        checkValid(task.request, task.request.provider, revision)
      case .invalid(let issues): checkRefusal(.submissionInvalid(issues), issues, revision)
      }
    }
  }

  private static func checkValid(
    _ request: MonitorRequest, _ provider: Provider, _ revision: ContractRevision
  ) {
    require(request.provider == provider, "another provider")
    let again = request.issuesOfRecheck(in: revision).filter { !$0.message.contains("empty") }
    // A blank question was stored as an empty one, and one from an address has any length.
    require(
      again.allSatisfy { $0.message.contains("too long") || $0.message.contains("Provide") },
      "a stored question fails: \(again)")
    require(1...10 ~= request.pages, "\(request.pages) pages")
    require(
      PriceList(of: revision).price(of: request, isSync: true, productClusters: 6) >= 0,
      "a negative price")
    let input = ResultRenderer.Input(
      question: Question(request), revision: revision, seed: UInt64(request.question.utf8.count),
      link: 1, origin: "http://a", stub: nil)
    let answer = library.body(of: input)
    guard let result = (try? JSON(parsing: answer))?["result"] else {
      fatalError("an answer is not JSON: \(String(decoding: answer, as: UTF8.self))")
    }
    let page = HTMLPage.write(result, of: request, page: 1)
    require(!page.contains("<script".utf8), "a page has a script")
  }

  private static func checkRefusal(
    _ error: APIError, _ issues: [FieldIssue], _ revision: ContractRevision
  ) {
    require(!issues.isEmpty, "refused without a reason")
    let body = error.form(in: revision).body(timestamp: timestamp)
    require((try? JSON(parsing: body)) != nil, "a refusal is not JSON")
  }
}

extension [UInt8] {
  /// Whether these bytes contain a text.
  fileprivate func contains(_ part: some Collection<UInt8>) -> Bool {
    indices.contains { self[$0...].starts(with: part) }
  }
}
