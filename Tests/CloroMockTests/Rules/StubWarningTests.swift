import JSON
import Testing

@testable import CloroMock

@Suite("Warnings of stubs")
struct StubWarningTests {
  private func warnings(_ text: String) throws -> [String] {
    let problems = JSONProblems()
    var reader = try #require(
      ObjectReader(try JSON(parsing: Array(text.utf8)), problems: problems))
    let stub = try #require(Stub.read(&reader))
    #expect(problems.list.isEmpty)
    return stub.warnings
  }

  static let danglingStubs: [(String, String)] = [
    (#"{"result":{"sources":[]}}"#, "result.sources: the provider's own citationPills"),
    (
      #"{"match":{"provider":"aimode"},"result":{"sources":[{"url":"a"}]}}"#,
      "result.sources: the provider's own"
    ),
    (
      #"{"match":{"provider":"google"},"result":{"aioverview":{"sources":[]}}}"#,
      "result.aioverview.sources: the provider's own"
    ),
    (
      #"{"result":{"sources":[{"url":"a"}],"citationPills":[{"position":1},{"position":2}]}}"#,
      "result.citationPills[1].position: there is no source 2 of 1"
    ),
    (
      #"{"result":{"sources":[{"url":"a"}],"citationPills":[{"position":0}]}}"#,
      "result.citationPills[0].position: there is no source 0 of 1"
    ),
    (
      #"{"result":{"sources":[{"url":"a"}],"citationPills":[{"position":1,"url":"b"}]}}"#,
      "result.citationPills[0].url: source 1 has another one"
    ),
    (
      #"{"result":{"citationPills":[{"position":1}]},"mode":"replace"}"#,
      "result.citationPills[0].position: there is no source 1 of 0"
    ),
  ]

  @Test("Pills whose source isn't there are warned about", arguments: danglingStubs)
  func dangling(text: String, start: String) throws {
    let found = try warnings(text)
    #expect(found.count == 1 && found[0].hasPrefix(start), "\(found)")
  }

  @Test(
    "What fits together is not",
    arguments: [
      #"{"result":{"text":"x"}}"#, #"{"result":{"sources":[],"citationPills":null}}"#,
      #"{"result":{"sources":[],"citationPills":[]}}"#,
      #"{"result":{"sources":[]},"mode":"replace"}"#,
      #"{"match":{"provider":"grok"},"result":{"sources":[]}}"#,
      #"{"match":{"provider":"google"},"result":{"sources":[]}}"#,
      #"{"result":{"citationPills":[{"position":3,"url":"x"}]}}"#,
      #"{"result":{"sources":[{"url":"a"}],"citationPills":[{"position":1,"url":"a"},{}]}}"#,
      #"{"error":{"status":500}}"#,
    ])
  func fitting(text: String) throws { #expect(try warnings(text) == []) }
}
