import JSON
import Testing

@testable import CloroContract

@Suite("Invalid requests")
struct ValidationIssueTests {
  private static let badState =
    "Invalid `state` for US. Use a code from `GET /v1/states?country=US`."

  /// Members in addition to question and country, the field, and its message in July and October.
  static let rules: [(Provider, String, String, String, String)] = [
    (.chatgpt, #""state":"C""#, "state", badState, "="),
    (.chatgpt, #""state":"CAL""#, "state", badState, "="),
    (.grok, #""state":"""#, "state", badState, "="),
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
      .google, #""location":"a","uule":"b""#, "uule",
      "Cannot set both location and uule; provide only one", "="
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
      .google, #""pages":0"#, "pages", "Number must be greater than 0",
      "Too small: expected number to be >0"
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
      .google, #""pages":-1e30"#, "pages", "Number must be greater than 0",
      "Too small: expected number to be >0"
    ),
    (
      .googleNews, #""pages":10.01"#, "pages", "Number must be less than or equal to 10",
      "Too big: expected number to be <=10"
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
    (.google, #""include":{"aioverview":null}"#, "include.aioverview", "Invalid input", "="),
    (
      .google, #""include":{"aioverview":{"markdown":1}}"#, "include.aioverview",
      "Invalid input", "="
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
    #expect(
      try MonitorRequest.issues(body, provider, unknownMembers: .refuse)
        == ["\(field): \(july)"])
    #expect(
      try MonitorRequest.issues(body, provider, .october2026, unknownMembers: .refuse)
        == ["\(field): \(october == "=" ? july : october)"])
  }

  @Test("The question has 1 to 10,000 characters", arguments: Provider.inRevisions)
  func question(provider: Provider, revision: ContractRevision) throws {
    let name = provider.questionName
    let start = name == "query" ? "Query" : "Prompt"
    func issues(_ question: String) throws -> [String] {
      try MonitorRequest.issues(#"{"\#(name)":\#(question),"country":"US"}"#, provider, revision)
    }
    #expect(try issues("\"\(String(repeating: "😀", count: 10_000))\"") == [])
    #expect(
      try issues("\"\(String(repeating: "a", count: 10_001))\"")
        == ["\(name): \(start) is too long (max 10,000 characters)"])
    for none in ["\"\"", "7", "null"] {
      #expect(try issues(none) == ["\(name): \(start) cannot be empty"])
    }
  }

  @Test("Question and country are required", arguments: Provider.inRevisions)
  func required(provider: Provider, revision: ContractRevision) throws {
    let isQuery = provider.questionName == "query"
    let noQuestion = isQuery ? "query: Query cannot be empty" : "prompt: Prompt cannot be empty"
    let noCountry = "country: Invalid input: expected string, received undefined"
    let noGl = "gl: Provide gl (or country, which is deprecated)"
    let takesGl = revision == .october2026 && [.google, .googleNews, .aimode].contains(provider)
    let isOptional = revision == .october2026 && provider == .google
    #expect(
      try MonitorRequest.issues("{}", provider, revision)
        == (isOptional
          ? ["query: Provide either query or url"]
          : takesGl ? [noQuestion] : [noQuestion, noCountry]))
    #expect(
      try MonitorRequest.issues(#"{"\#(provider.questionName)":"x"}"#, provider, revision)
        == [takesGl ? noGl : noCountry])
  }

  private static let unknownCountry =
    "We currently do not support this country code. If you'd like us to add support, please "
    + "reach out to our support team and we will implement it."

  @Test("The country is one of the codes, in capitals", arguments: Provider.inRevisions)
  func country(provider: Provider, revision: ContractRevision) throws {
    func issues(_ code: String) throws -> [String] {
      try MonitorRequest.issues(
        #"{"\#(provider.questionName)":"x","country":"\#(code)"}"#, provider, revision)
    }
    for code in ["us", "UK", "Germany", "U"] {
      #expect(try issues(code) == ["country: \(Self.unknownCountry)"])
    }
    #expect(try issues("XK") == [])
    for code in provider.row.terms[revision].blockedCountries {
      #expect(
        try issues(code) == [
          "country: This model is not available in this country. "
            + "Please select a different country."
        ])
    }
  }

  @Test("A state is one of the country's", arguments: ContractRevision.allCases)
  func state(revision: ContractRevision) throws {
    for (country, issue) in [
      ("DE", "`state` is not supported for country DE."),
      ("us", nil), ("", "`state` is not supported for country (none)."),
    ] {
      let body = #"{"prompt":"x","country":"\#(country)","state":"cA"}"#
      let issues = try MonitorRequest.issues(body, .chatgpt, revision)
      #expect(issues.filter { $0.hasPrefix("state") } == (issue.map { ["state: \($0)"] } ?? []))
    }
  }

  @Test(
    "gl must be a country and must not differ from it",
    arguments: [
      (
        #""country":"US","gl":"de""#,
        [
          #"gl: Cannot set both country and gl to different values (country: "US", "#
            + #"gl: "de"); country is deprecated — send gl alone"#
        ]
      ),
      (#""country":"US","gl":"zz""#, ["gl: \(unknownCountry)"]),
      (#""gl":"""#, ["gl: \(unknownCountry)"]),
      (#""gl":"ß""#, ["gl: \(unknownCountry)"]),
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
      MonitorRequest.validate(object, for: .google, in: revision, .refuse),
      MonitorRequest.validate(["include": object], for: .google, in: revision, .refuse),
    ] { #expect(issues.count == FieldIssue.most) }
    for body in [object, tasks] {
      guard case .invalid(let issues) = AsyncTaskRequest.validate(body, in: revision, .refuse)
      else {
        Issue.record("a task of unknown members passes")
        continue
      }
      #expect(FieldIssue.most..<(2 * FieldIssue.most + 10) ~= issues.count)
    }
    var ignored = IgnoredMembers()
    let link = GotoRequest.validate(
      object, in: revision, unknownMembers: .refuse, ignored: &ignored)
    guard case .invalid(let issues) = link else {
      Issue.record("a link of unknown members passes")
      return
    }
    #expect(issues.count == FieldIssue.most && ignored.isEmpty)
  }
}
