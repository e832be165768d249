import JSON
import Testing

@testable import CloroContract

@Suite("Submitted tasks")
struct AsyncTaskRequestTests {
  private func issues(_ text: String, _ revision: ContractRevision = .july2026) throws -> [String] {
    let body = try JSON(parsing: Array(text.utf8))
    return switch AsyncTaskRequest.validate(body, in: revision, .refuse) {
    case .valid: []
    case .invalid(let issues): issues.map { "\($0.field): \($0.message)" }
    }
  }

  @Test("A task is read with its defaults")
  func valid() throws {
    let body: JSON = ["taskType": "GOOGLE_NEWS", "payload": ["query": "q", "country": "US"]]
    guard case .valid(let task) = AsyncTaskRequest.validate(body, in: .july2026) else {
      Issue.record("refused")
      return
    }
    #expect(task.request.provider == .googleNews && task.priority == 1)
    #expect(task.idempotencyKey == nil && task.webhookURL == nil)
  }

  @Test("Every failing field is listed, the payload's with its prefix")
  func all() throws {
    let text = """
      {"taskType":"CHATGPT","payload":{"prompt":"","x":1},"priority":11,"idempotencyKey":7,
       "webhook":{"url":"ftp://a.example","y":1},"z":0}
      """
    #expect(
      try issues(text).map { String($0.prefix { $0 != ":" }) } == [
        "payload.prompt", "payload.country", "payload.x", "priority", "idempotencyKey",
        "webhook.url", "webhook.y", "z",
      ])
  }

  @Test("Unknown members are ignored and noted, each with its path")
  func ignored() throws {
    let text = """
      {"taskType":"GOOGLE","payload":{"query":"x","country":"US","y":1,
       "include":{"markdown":true,"aioverview":{"deep":1}}},"webhook":{"url":"http://a","z":1},
       "name":0}
      """
    var ignored = IgnoredMembers()
    let task = AsyncTaskRequest.validate(
      try JSON(parsing: Array(text.utf8)), in: .july2026, ignored: &ignored)
    guard case .valid = task else {
      Issue.record("refused")
      return
    }
    let names = [
      "payload.include.aioverview.deep", "payload.include.markdown", "payload.y", "webhook.z",
      "name",
    ]
    #expect(ignored.names == names)
    var batch = IgnoredMembers()
    batch.add(ignored, ofItem: 7)
    batch.add(ignored, ofItem: nil)
    #expect(batch.names == names.map { "[7].\($0)" } + names)
  }

  @Test("Of many ignored members the first are noted, and long names are cut")
  func bounded() {
    let members = (0..<100_000).map { JSONObject.Member("x\($0)", 1) }
    var ignored = IgnoredMembers()
    _ = AsyncTaskRequest.validate(
      .object(JSONObject(members)), in: .october2026, ignored: &ignored)
    #expect(ignored.names == (0..<20).map { "x\($0)" } && ignored.further == 99_980)
    #expect(ignored.notes.count == 21 && ignored.notes.last == "ignored: 99980 more")
    var long = IgnoredMembers()
    _ = AsyncTaskRequest.validate(
      .object([String(repeating: "ü", count: 1_000_000): 1]), in: .july2026, ignored: &long)
    #expect(long.notes == ["ignored: \(String(repeating: "ü", count: 120))…"])
  }

  @Test("An unknown or missing type names the types", arguments: ContractRevision.allCases)
  func types(revision: ContractRevision) throws {
    let unknown = try issues(#"{"taskType":"chatgpt","payload":{}}"#, revision)
    #expect(unknown.count == 1 && unknown[0].contains("PERPLEXITY"))
    #expect(try issues(#"{}"#, revision).count == 2)
    #expect(try issues("[]", revision).count == 1)
  }

  @Test(
    "A webhook's address is absolute, http or https, with a host",
    arguments: [
      ("http://a", true), ("https://a.example:8443/x?y=z", true), ("http://[::1]:80/", true),
      ("https://user:word@a.example/", true), ("HTTP://A.EXAMPLE", true), ("http://", false),
      ("http:///x", false), ("//a.example", false), ("a.example", false),
      ("ftp://a.example", false), ("file:///etc/passwd", false), ("http://a b", false),
      ("http://a.example:99999/", false), ("http://:80/", false), ("", false),
    ])
  func webhook(url: String, isValid: Bool) throws {
    let body: JSON = [
      "taskType": "GROK", "payload": ["prompt": "p", "country": "US"],
      "webhook": ["url": .string(url)],
    ]
    let validated = AsyncTaskRequest.validate(body, in: .july2026)
    if case .valid = validated { #expect(isValid, "\(url)") } else { #expect(!isValid, "\(url)") }
  }

  @Test("A batch is an array of 1 to 500")
  func batch() {
    func issue(_ count: Int) -> FieldIssue? {
      AsyncTaskRequest.batchIssue(.array(Array(repeating: [:], count: count)), in: .july2026)
    }
    #expect(issue(0) != nil && issue(1) == nil && issue(500) == nil && issue(501) != nil)
    #expect(AsyncTaskRequest.batchIssue([:], in: .july2026) != nil)
  }
}
