import JSON
import Testing

@testable import CloroContract

@Suite("The list of failing fields")
struct ValidationOrderTests {
  private func fields(
    _ text: String, _ provider: Provider, _ revision: ContractRevision = .july2026,
    prefix: String = ""
  ) throws -> [String] {
    guard
      case .invalid(let issues) = try MonitorRequest.validate(
        text, provider, revision, prefix: prefix)
    else { return [] }
    return issues.map(\.field)
  }

  @Test("All failing fields are listed in the contract's order, unknown ones last")
  func order() throws {
    let body =
      #"""
      {"zip":1,"include":{"x":1,"html":0},"pages":0,"device":"tv","uule":2,"location":1,\#
      "country":5}
      """#
    #expect(
      try fields(body, .google) == [
        "query", "country", "location", "uule", "device", "pages", "include.html", "include.x",
        "zip",
      ])
  }

  @Test("Fields that fail only together stand at their own place too")
  func together() throws {
    let state = #"{"zip":1,"prompt":"","country":"DE","state":"CA","include":1}"#
    #expect(try fields(state, .chatgpt) == ["prompt", "state", "include", "zip"])
    let places =
      #"{"zip":1,"query":"x","country":"DE","location":"a","uule":"b","gl":"us","pages":0}"#
    #expect(try fields(places, .google, .october2026) == ["uule", "gl", "pages", "zip"])
  }

  @Test("A field that fails by itself isn't listed again for the company that it keeps")
  func once() throws {
    #expect(try fields(#"{"prompt":"x","country":"DE","state":"x"}"#, .chatgpt) == ["state"])
    #expect(try fields(Provider.google.body(#""location":"a","uule":1"#), .google) == ["uule"])
  }

  @Test("A task's payload has the prefix before each field")
  func prefix() throws {
    let body = #"{"country":"DE","state":"CA","include":{"x":1},"y":1}"#
    #expect(
      try fields(body, .chatgpt, .october2026, prefix: "payload.")
        == ["payload.prompt", "payload.state", "payload.include.x", "payload.y"])
    // 2026-10, section 3: the failed item of a batch.
    #expect(
      try MonitorRequest.issues(#"{"prompt":"x"}"#, .chatgpt, .october2026, prefix: "payload.")
        == ["payload.country: Invalid input: expected string, received undefined"])
    // 2026-07, section 8.
    #expect(
      try MonitorRequest.issues(#"{"country":"US"}"#, .chatgpt, prefix: "payload.")
        == ["payload.prompt: Required"])
  }

  @Test(
    "A body that is no object has one issue, without a field",
    arguments: ["[]", "1", "null", "\"x\""])
  func notAnObject(body: String) throws {
    #expect(try MonitorRequest.issues(body) == [": Request body must be a JSON object"])
    #expect(try fields(body, .chatgpt, prefix: "payload.") == ["payload"])
  }

  @Test(
    "A body that is no JSON has one issue, without a field", arguments: ContractRevision.allCases)
  func notJSON(revision: ContractRevision) {
    #expect(
      MonitorRequest.notJSON(in: revision) == [FieldIssue("", "Request body must be valid JSON")])
  }

  @Test("The three quoted messages are the contract's")
  func quoted() throws {
    #expect(
      try MonitorRequest.issues(#"{"prompt":"","country":"US"}"#) == [
        "prompt: Prompt cannot be empty"
      ])
    #expect(try MonitorRequest.issues(#"{"prompt":"x"}"#) == ["country: Required"])
  }
}
