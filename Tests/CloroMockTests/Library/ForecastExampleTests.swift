import CloroMock
import Testing

@Suite("The examples of Which plan a load needs", .promptly, .timeLimit(.minutes(5)))
struct ForecastExampleTests {
  @Test("The library plays a load as the control API does")
  func load() async throws {
    try await withMock { mock in
      let forecast = try await mock.forecast([
        "tasks": [["provider": "chatgpt", "count": 41]], "latency": ["default": "10s"],
        "deadline": "20s", "plans": ["hobby", "starter"],
      ])
      #expect(forecast.cheapest == "starter")
      #expect(forecast.rows.map(\.finishedAfterSeconds) == [30, 10])
    }
  }

  @Test("A load that can't be played is refused")
  func refusal() async throws {
    try await withMock { mock in
      let refusal = await #expect(throws: MockServer.ControlRefusal.self) {
        try await mock.forecast([
          "tasks": [["provider": "chatgpt", "count": 1]], "plans": ["hobyb"],
        ])
      }
      #expect(refusal?.status == 400 && refusal?.message.contains("hobby") == true)
    }
  }
}
