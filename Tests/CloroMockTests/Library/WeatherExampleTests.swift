import CloroMock
import Testing

@Suite("The examples of Weather", .promptly, .timeLimit(.minutes(5)))
struct WeatherExampleTests {
  @Test("A bad day is the same in each run")
  func sameDay() async throws {
    let weather = Weather(["errors": ["default": [["status": 503, "probability": 0.25]]]])
    var days: [[Int]] = []
    for _ in 1...2 {
      try await withMock { mock in
        let key = try await mock.mint(credits: 1000, weather: weather).key
        let client = Client(baseURL: mock.url, key: key)
        var day: [Int] = []
        for number in 1...40 { day.append(try await client.ask("Question \(number)").status) }
        days.append(day)
      }
    }
    #expect(days[0] == days[1] && Set(days[0]) == [200, 503])
  }
}
