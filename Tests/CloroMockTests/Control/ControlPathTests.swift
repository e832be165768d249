import Testing

@testable import CloroMock

@Suite("Paths of the control API", .timeLimit(.minutes(5)))
struct ControlPathTests {
  @Test(
    "A variable segment is percent-decoded, and its plus signs stay",
    arguments: [("a+b", "a+b"), ("a%2Bb", "a+b"), ("a%20b+", "a b+"), ("%c3%a9", "é")])
  func segments(segment: String, name: String) async throws {
    try await withMock(.make()) { mock in
      let saved = try await mock.send("POST", "/_mock/snapshots/\(segment)")
      #expect(saved.status == 201 && saved.body["id"] == .string(name))
      try await mock.restore(name)
    }
  }
}
