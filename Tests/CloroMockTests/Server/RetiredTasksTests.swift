import Testing

@testable import CloroMock

@Suite("What is left of organizations that are gone", .timeLimit(.minutes(5)))
struct RetiredTasksTests {
  /// Each way in which somebody removes tasks.
  enum Removal: String, CaseIterable, Sendable {
    case call, library

    func perform(on server: MockServer) async throws {
      switch self {
      case .call:
        let answer = try await server.send("POST", "/_mock/reset", key: nil)
        #expect(answer.status == 200)
      case .library: try await server.reset()
      }
    }
  }

  @Test("It is given back once whoever removed them has an answer", arguments: Removal.allCases)
  func released(removal: Removal) async throws {
    try await MockServer.with(.make()) { server in
      let answer = try await server.send(
        "POST", "/v1/async/task",
        body: #"{"taskType":"CHATGPT","payload":{"prompt":"What is Acme?","country":"US"}}"#)
      #expect(answer.status == 200)
      try await removal.perform(on: server)
      let retired = server.operations.tasks.engine.retired
      try await eventually { retired.isEmpty }
    }
  }

  @Test("Until then it is left to lie")
  func kept() throws {
    let server = try MockServer(.make())
    let retired = server.operations.tasks.engine.retired
    #expect(retired.isEmpty)
    server.operations.tasks.engine.retire(try APIKey.make(1).organization)
    #expect(!retired.isEmpty)
    retired.release()
    #expect(retired.isEmpty)
  }
}
