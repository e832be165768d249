import JSON
import Testing

@testable import CloroContract

@Suite("The list of failing fields")
struct ValidationOrderTests {
  private func fields(
    _ text: String, _ provider: Provider, _ revision: ContractRevision = .july2026,
    prefix: String = "", _ unknownMembers: UnknownMembers = .refuse
  ) throws -> [String] {
    guard
      case .invalid(let issues) = try MonitorRequest.validate(
        text, provider, revision, prefix: prefix, unknownMembers: unknownMembers)
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
    let known = ["country", "location", "uule", "device", "pages", "include.html"]
    #expect(try fields(body, .google) == ["query"] + known + ["include.x", "zip"])
    #expect(try fields(body, .google, .october2026, .ignore) == known)
  }

  @Test("Fields that fail together stand behind those that fail by themselves")
  func together() throws {
    let state = #"{"zip":1,"prompt":"","country":"DE","state":"CA"}"#
    #expect(try fields(state, .chatgpt) == ["prompt", "state", "zip"])
    let places =
      #"{"zip":1,"query":"x","country":"DE","location":"a","uule":"b","gl":"us","pages":0}"#
    #expect(try fields(places, .google, .october2026) == ["pages", "uule", "gl", "zip"])
    #expect(
      try fields(
        #"{"prompt":"x","country":"DE","location":"a","uule":"b","gl":"us"}"#, .aimode,
        .october2026) == ["gl", "uule"])
  }

  @Test(
    "They aren't looked at as long as a member is missing or of a wrong type",
    arguments: [
      (#"{"country":"DE","state":"CA"}"#, ["prompt"]),
      (#"{"prompt":"x","state":"CA"}"#, ["country"]),
      (#"{"prompt":"x","country":"DE","state":"CA","include":1}"#, ["include"]),
      (#"{"prompt":"x","country":"DE","state":"CA","include":{"html":1}}"#, ["include.html"]),
    ])
  func broken(body: String, expected: [String]) throws {
    #expect(try fields(body, .chatgpt) == expected)
  }

  @Test("A field that fails by itself isn't listed again for the company that it keeps")
  func once() throws {
    #expect(try fields(#"{"query":"","country":"US"}"#, .google, .october2026) == ["query"])
    #expect(
      try fields(#"{"query":"x","country":"US","gl":"zz"}"#, .google, .october2026) == ["gl"])
  }

  @Test("A task's payload has the prefix before each field")
  func prefix() throws {
    let body = #"{"country":"DE","state":"CA","include":{"x":1},"y":1}"#
    #expect(
      try fields(body, .chatgpt, .october2026, prefix: "payload.")
        == ["payload.prompt", "payload.include.x", "payload.y"])
    // 2026-10, section 3: the failed item of a batch.
    #expect(
      try MonitorRequest.issues(#"{"prompt":"x"}"#, .chatgpt, .october2026, prefix: "payload.")
        == ["payload.country: Invalid input: expected string, received undefined"])
    #expect(
      try MonitorRequest.issues(#"{"country":"US"}"#, .chatgpt, prefix: "payload.")
        == ["payload.prompt: Prompt cannot be empty"])
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
    #expect(
      try MonitorRequest.issues(#"{"prompt":"x"}"#)
        == ["country: Invalid input: expected string, received undefined"])
  }
}
