import CloroMock
import Testing

@Suite("The examples of Fidelity", .promptly, .timeLimit(.minutes(5)))
struct FidelityExampleTests {
  @Test("The double describes itself")
  func descriptions() async throws {
    try await withMock { mock in
      #expect(try await mock.conformance()["rules"]?.array?.isEmpty == false)
      let described = try await mock.openapi(contract: .october2026)
      #expect(described["openapi"] == "3.1.0")
    }
  }

  @Test("Unknown members are ignored and noted, or refused")
  func unknownMembers() async throws {
    try await withMock { mock in
      let key = try await mock.mint(unknownMembers: .refuse)
      let question: JSON = ["prompt": "best CRM", "country": "US", "temperature": 0]
      let strict = Client(baseURL: mock.url, key: key.key)
      #expect(try await strict.post("/v1/monitor/gemini", question).status == 400)

      let client = Client(baseURL: mock.url, key: mock.key)
      #expect(try await client.post("/v1/monitor/gemini", question).status == 200)
      let seen = try await mock.journal(key: mock.key).entries
      #expect(seen[0].notes == ["ignored: temperature"])

      #expect(key.unknownMembers == .refuse)
      let changed = try await mock.change(key: key.key, unknownMembers: .ignore)
      #expect(changed.unknownMembers == .ignore)
    }
  }

  @Test("A strict double refuses them, unless a plan says otherwise")
  func strict() async throws {
    var configuration = MockConfiguration()
    configuration.strict = true
    try await withMock(configuration) { mock in
      #expect(mock.keys[0].unknownMembers == .refuse)
    }
    configuration = try MockConfiguration(fixture: ["plan": "p", "unknownMembers": "ignore"])
    configuration.strict = true
    try await withMock(configuration) { mock in
      #expect(mock.keys[0].unknownMembers == .ignore)
    }
  }
}
