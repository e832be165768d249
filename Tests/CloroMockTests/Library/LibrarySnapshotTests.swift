import Testing

@testable import CloroMock

@Suite("The library's calls for snapshots", .timeLimit(.minutes(5)))
struct LibrarySnapshotTests {
  @Test("One organization goes back, the other one stays")
  func narrowed() async throws {
    try await withMock(.make()) { mock in
      let keys = [try await mock.mint(credits: 50).key, try await mock.mint(credits: 60).key]
      try await mock.snapshot("before", key: keys[0])
      for key in keys { try await mock.change(key: key, addCredits: 5) }
      try await mock.restore("before", key: keys[0])
      #expect(try await mock.ledger(key: keys[0]).balance == 50)
      #expect(try await mock.ledger(key: keys[1]).balance == 65)
    }
  }

  @Test("Snapshots are listed by name, and narrowed to an organization, until they are removed")
  func listed() async throws {
    try await withMock(.make()) { mock in
      let key = try await mock.mint(organization: "acme").key
      try await mock.snapshot("b", key: key)
      try await mock.snapshot("a", key: mock.key)
      try await mock.snapshot("c")
      let all = try await mock.snapshots()
      #expect(all.map(\.name) == ["a", "b", "c"] && all.allSatisfy { $0.at == mock.clock.now })
      #expect(all.map(\.organizations) == [["demo"], ["acme"], ["acme", "demo"]])
      #expect(try await mock.snapshots(key: key).map(\.name) == ["b", "c"])
      try await mock.removeSnapshot("b")
      #expect(try await mock.snapshots(key: key).map(\.name) == ["c"])
    }
  }

  @Test("A snapshot that isn't there is refused")
  func refused() async throws {
    try await withMock(.make()) { mock in
      await #expect { try await mock.restore("gone") } throws: {
        ($0 as? MockServer.ControlRefusal)?.status == 404
      }
      await #expect { try await mock.removeSnapshot("gone") } throws: {
        ($0 as? MockServer.ControlRefusal)?.status == 404
      }
    }
  }
}
