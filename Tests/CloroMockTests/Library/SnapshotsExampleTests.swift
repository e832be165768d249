import CloroMock
import Testing

@Suite("The example of a snapshot in Recipes", .timeLimit(.minutes(5)))
struct SnapshotsExampleTests {
  @Test("A prepared state is come back to")
  func snapshot() async throws {
    try await withMock { mock in
      let key = try await mock.mint(credits: 100).key
      let client = Client(baseURL: mock.url, key: key)
      try await mock.snapshot("prepared", key: key)
      _ = try await client.ask("Which laptop?")
      #expect(try await mock.ledger(key: key).balance == 93)
      try await mock.restore("prepared", key: key)
      #expect(try await mock.ledger(key: key).balance == 100)
    }
  }
}
