import JSON
import Testing

@testable import CloroContract

@Suite("Invalid requests")
struct ValidationIssueTests {
  /// Members in addition to question and country, the field, and its message in July and October.
  static let rules: [(Provider, String, String, String, String)] = [
    (.chatgpt, #""state":"ca""#, "state", "State must be a two-letter US state code", "="),
    (.chatgpt, #""state":"C""#, "state", "State must be a two-letter US state code", "="),
    (.chatgpt, #""state":"CAL""#, "state", "State must be a two-letter US state code", "="),
    (.grok, #""state":"""#, "state", "State must be a two-letter US state code", "="),
    (
      .gemini, #""state":1"#, "state", "Expected string, received number",
      "Invalid input: expected string, received number"
    ),
    (
      .copilot, #""state":null"#, "state", "Expected string, received null",
      "Invalid input: expected string, received null"
    ),
    (
      .google, #""location":[]"#, "location", "Expected string, received array",
      "Invalid input: expected string, received array"
    ),
    (
      .google, #""location":"a","uule":"b""#, "uule", "Location and uule are mutually exclusive",
      "="
    ),
    (
      .aimode, #""uule":true"#, "uule", "Expected string, received boolean",
      "Invalid input: expected string, received boolean"
    ),
    (
      .aimode, #""device":"ios""#, "device",
      "Invalid enum value. Expected 'desktop' | 'mobile', received 'ios'",
      #"Invalid option: expected one of "desktop"|"mobile""#
    ),
    (
      .googleNews, #""device":"tv""#, "device",
      "Invalid enum value. Expected 'desktop' | 'mobile', received 'tv'",
      #"Invalid option: expected one of "desktop"|"mobile"|"ios"|"android""#
    ),
    (
      .google, #""device":{}"#, "device", "Expected string, received object",
      "Invalid input: expected string, received object"
    ),
    (
      .google, #""pages":0"#, "pages", "Number must be greater than or equal to 1",
      "Too small: expected number to be >=1"
    ),
    (
      .google, #""pages":11"#, "pages", "Number must be less than or equal to 10",
      "Too big: expected number to be <=10"
    ),
    (
      .google, #""pages":1e30"#, "pages", "Number must be less than or equal to 10",
      "Too big: expected number to be <=10"
    ),
    (
      .google, #""pages":-1e30"#, "pages", "Number must be greater than or equal to 1",
      "Too small: expected number to be >=1"
    ),
    (
      .googleNews, #""pages":1.5"#, "pages", "Expected integer, received float",
      "Invalid input: expected int, received number"
    ),
    (
      .googleNews, #""pages":"2""#, "pages", "Expected number, received string",
      "Invalid input: expected number, received string"
    ),
    (
      .chatgpt, #""include":[]"#, "include", "Expected object, received array",
      "Invalid input: expected object, received array"
    ),
    (
      .chatgpt, #""include":null"#, "include", "Expected object, received null",
      "Invalid input: expected object, received null"
    ),
    (
      .chatgpt, #""include":{"html":"yes"}"#, "include.html", "Expected boolean, received string",
      "Invalid input: expected boolean, received string"
    ),
    (
      .chatgpt, #""include":{"htm":true}"#, "include.htm", "Unrecognized key(s) in object: 'htm'",
      "Unrecognized key: \"htm\""
    ),
    (
      .google, #""include":{"aioverview":true}"#, "include.aioverview",
      "Expected object, received boolean", "Invalid input: expected object, received boolean"
    ),
    (
      .google, #""include":{"aioverview":{"markdown":1}}"#, "include.aioverview.markdown",
      "Expected boolean, received number", "Invalid input: expected boolean, received number"
    ),
    (
      .google, #""include":{"aioverview":{"x":1}}"#, "include.aioverview.x",
      "Unrecognized key(s) in object: 'x'", "Unrecognized key: \"x\""
    ),
    (.perplexity, #""":1"#, "", "Unrecognized key(s) in object: ''", "Unrecognized key: \"\""),
  ]

  @Test("Each rule of each field has its field and message", arguments: rules)
  func rule(row: (Provider, String, String, String, String)) throws {
    let (provider, members, field, july, october) = row
    let body = provider.body(members)
    #expect(try MonitorRequest.issues(body, provider) == ["\(field): \(july)"])
    #expect(
      try MonitorRequest.issues(body, provider, .october2026)
        == ["\(field): \(october == "=" ? july : october)"])
  }

  @Test("The question has 1 to 10,000 characters", arguments: Provider.inRevisions)
  func question(provider: Provider, revision: ContractRevision) throws {
    let name = provider.questionName
    let newer = revision == .october2026
    func issues(_ question: String) throws -> [String] {
      try MonitorRequest.issues(#"{"\#(name)":\#(question),"country":"US"}"#, provider, revision)
    }
    #expect(try issues("\"\(String(repeating: "😀", count: 10_000))\"") == [])
    #expect(
      try issues("\"\(String(repeating: "a", count: 10_001))\"") == [
        "\(name): "
          + (newer
            ? "Too big: expected string to have <=10000 characters"
            : "String must contain at most 10000 character(s)")
      ])
    #expect(
      try issues("\"\"") == ["\(name): \(name == "query" ? "Query" : "Prompt") cannot be empty"])
    #expect(
      try issues("7") == [
        "\(name): \(newer ? "Invalid input: expected" : "Expected") string, received number"
      ])
  }

  @Test("Question and country are required", arguments: Provider.inRevisions)
  func required(provider: Provider, revision: ContractRevision) throws {
    let message =
      revision == .july2026 ? "Required" : "Invalid input: expected string, received undefined"
    #expect(
      try MonitorRequest.issues("{}", provider, revision)
        == ["\(provider.questionName): \(message)", "country: \(message)"])
  }

  @Test("The country is free in July and an enumeration in October")
  func country() throws {
    for code in ["us", "XX", "", "Germany"] {
      let body = #"{"prompt":"x","country":"\#(code)"}"#
      #expect(try MonitorRequest.issues(body) == [])
      #expect(
        try MonitorRequest.issues(body, .grok, .october2026)
          == ["country: Country must be a supported ISO 3166-1 alpha-2 code"])
    }
    #expect(try MonitorRequest.valid(#"{"prompt":"x","country":"XK"}"#, .grok, .october2026) != nil)
  }

  @Test("A state is for the USA only, and in October one that exists")
  func state() throws {
    let body = #"{"prompt":"x","country":"DE","state":"CA"}"#
    for revision in ContractRevision.allCases {
      #expect(
        try MonitorRequest.issues(body, .chatgpt, revision)
          == ["state: State is only supported for country US"])
    }
    let unknown = Provider.chatgpt.body(#""state":"ZZ""#)
    #expect(try MonitorRequest.issues(unknown) == [])
    #expect(try MonitorRequest.issues(unknown, .chatgpt, .october2026).count == 1)
  }

  @Test(
    "gl must be a country and must not differ from it",
    arguments: [
      (#""country":"US","gl":"de""#, ["gl: Country and gl must not differ"]),
      (#""country":"US","gl":"zz""#, ["gl: Country must be a supported ISO 3166-1 alpha-2 code"]),
      (#""gl":"""#, ["gl: Country must be a supported ISO 3166-1 alpha-2 code"]),
      (#""gl":"ß""#, ["gl: Country must be a supported ISO 3166-1 alpha-2 code"]),
      (#""gl":null"#, ["gl: Invalid input: expected string, received null"]),
    ])
  func gl(members: String, issues: [String]) throws {
    #expect(
      try MonitorRequest.issues(#"{"query":"x",\#(members)}"#, .google, .october2026) == issues)
  }

  @Test(
    "Of a body with endless problems, a thousand are told", arguments: ContractRevision.allCases)
  func endless(revision: ContractRevision) {
    let members = (0..<100_000).map { JSONObject.Member("x\($0)", 1) }
    let object = JSON.object(JSONObject(members))
    let tasks: JSON = ["taskType": "GROK", "payload": object, "webhook": object]
    for case .invalid(let issues) in [
      MonitorRequest.validate(object, for: .google, in: revision),
      MonitorRequest.validate(["include": object], for: .google, in: revision),
    ] { #expect(issues.count == FieldIssue.most) }
    for body in [object, tasks] {
      guard case .invalid(let issues) = AsyncTaskRequest.validate(body, in: revision) else {
        Issue.record("a task of unknown members passes")
        continue
      }
      #expect(FieldIssue.most..<(2 * FieldIssue.most + 10) ~= issues.count)
    }
    guard case .invalid(let issues) = GotoRequest.validate(object, in: revision) else {
      Issue.record("a link of unknown members passes")
      return
    }
    #expect(issues.count == FieldIssue.most)
  }
}
