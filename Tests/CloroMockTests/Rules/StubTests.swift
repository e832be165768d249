import JSON
import Testing

@testable import CloroMock

@Suite("Stubs")
struct StubTests {
  @Test("Only a merge asks for the provider's result")
  func lazily() throws {
    var output: [UInt8] = []
    let replaced = try #require(
      try Stub.make(#"{"result":{"a":null},"mode":"replace"}"#).results.first?.result)
    replaced.write(
      over: {
        Issue.record("rendered")
        return []
      }, { $1 }, to: &output)
    #expect(output == Array(#"{"a":null}"#.utf8))
  }
}
