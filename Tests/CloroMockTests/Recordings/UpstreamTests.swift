import CloroContract
import Testing

@testable import CloroMock

/// The real service, asked by a double.
@Suite("Upstream", .timeLimit(.minutes(5)))
struct UpstreamTests {
  private static let question = Array(#"{"prompt":"p","country":"US"}"#.utf8)

  @Test("Its stop ends what is under way, and asks nothing more")
  func stop() async throws {
    try await withMock(.make()) { mock in
      let key = try await mock.mint(holdSync: true).key
      let upstream = Upstream(Upstream.Place(url: mock.url, key: key, authorities: nil))
      try upstream.start()
      @Sendable func ask() async -> String {
        await withCheckedContinuation { continuation in
          upstream.ask(Provider.chatgpt.path, posting: Self.question) { answer in
            switch answer {
            case .success(let answer): continuation.resume(returning: "\(answer.status)")
            case .failure(let failure): continuation.resume(returning: failure.reason)
            }
          }
        }
      }
      async let asked = ask()
      let requests = mock.operations.requests
      try await eventually { requests.list(of: nil, .held).count == 1 }
      upstream.stop()
      // Only an end of the transfer lets this go on, for nobody releases the request.
      #expect(await asked != "200")
      #expect(await ask() == "the double has stopped")
      #expect(try await mock.requests(held: true).count == 1)
    }
  }

  @Test("Recording is switched on and off in process")
  func recording() async throws {
    let folder = try TemporaryFolder()
    try await withMock(.make()) { service in
      var configuration = try MockConfiguration.make()
      configuration.record = RecordingOrder(
        folder: "\(folder.path)/recordings", upstream: service.url, key: service.key)
      try await withMock(configuration) { mock in
        let client = Client(baseURL: mock.url, key: mock.key)
        #expect(try await client.ask("One?").status == 200)
        let stopped = try await mock.stopRecording()
        #expect(!stopped.isRecording)
        #expect((stopped.recorded, stopped.creditsSpent, stopped.underWay) == (1, 7, 0))
        #expect(stopped.folder == "\(folder.path)/recordings")
        #expect(try await client.ask("Two?").status == 200)
        let started = try await mock.startRecording(maxCredits: 8)
        #expect(started.isRecording)
        #expect((started.recorded, started.creditsRemaining) == (1, 8))
        await #expect(throws: MockServer.ControlRefusal.self) {
          try await mock.startRecording(maxCredits: -1)
        }
      }
    }
  }
}
