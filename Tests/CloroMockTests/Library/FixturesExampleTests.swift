import CloroMock
import Testing

@Suite("The examples of Fixtures", .promptly, .timeLimit(.minutes(5)))
struct FixturesExampleTests {
  @Test("A literal or a file's bytes")
  func fixture() async throws {
    let fixture: JSON = [
      "plan": "tight", "extends": "free", "concurrency": 2,
      "keys": [
        [
          "key": "sk_test_00000000000000000000000000000001", "organization": "acme",
          "credits": 20,
        ]
      ],
    ]
    try await withMock(fixture: fixture) { mock in
      #expect(mock.key == "sk_test_00000000000000000000000000000001")
      #expect(mock.keys[0].organization == "acme" && mock.keys[0].credits == 20)
    }
    let file = Array(#"{"plan":"october","contract":"2026-10"}"#.utf8)
    let configuration = try MockConfiguration(fixtureFile: file, name: "october.json")
    try await withMock(configuration) { mock in
      #expect(mock.keys[0].plan == "october")
    }
  }

  @Test("A sparse answer, and another one")
  func style() async throws {
    try await withMock { mock in
      let key = try await mock.mint(variety: .sparse, repeat: .vary)
      let client = Client(baseURL: mock.url, key: key.key)
      let first = try await client.ask("Which laptop?", .perplexity).body["result"]
      let second = try await client.ask("Which laptop?", .perplexity).body["result"]
      #expect(first?["text"] != second?["text"])
      #expect(first?["related_queries"] == [] && first?["videos"] == nil)
    }
  }

  @Test("A fixture that is wrong says all that is wrong")
  func wrong() throws {
    #expect {
      try MockConfiguration(fixture: ["plan": "tight", "conurrency": 2, "credits": -1])
    } throws: { error in
      "\(error)".contains(#"conurrency: unknown member, did you mean "concurrency"?"#)
        && "\(error)".contains("credits: expected")
    }
  }
}
