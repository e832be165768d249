import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Weather")
struct WeatherTests {
  private static func mix(_ json: JSON) throws -> WeatherMix { try #require(Weather(json).mix) }

  @Test("There are five, each of which says where its figures come from")
  func builtIn() throws {
    #expect(
      Weather.builtInNames == ["clear", "rainy", "perplexity-down", "launch-day", "webhook-storm"])
    for name in Weather.builtInNames {
      let file = try #require(EmbeddedFiles.folder("weather").first { $0.name == name })
      let about = try #require(JSON(parsing: Array(file.bytes))["about"]?.string)
      #expect(about.contains("made up") && about.lowercased().contains("nobody's promise"))
      #expect(Weather(.string(name)).mix != nil)
    }
  }

  @Test("Draws hit the probabilities, of one asking or another, and of whatever purpose")
  func shares() throws {
    let mix = try Self.mix([
      "errors": [
        "grok": [["status": 503, "probability": 0.2], ["status": 500, "probability": 0.05]]
      ]
    ])
    var counts: [Int: Int] = [:]
    for number in 0..<20_000 as Range<UInt64> {
      // A thousand questions, each asked twenty times.
      let request = MonitorRequest(provider: .grok, question: "question \(number % 1000)")
      let seed = WeatherQuestion(request, isTask: false, identity: 7).seed(before: number / 1000)
      let failure = mix.failure(of: .grok, at: WeatherQuestion.share(of: seed, "error"))
      counts[failure?.status ?? 200, default: 0] += 1
    }
    #expect(abs(counts[503, default: 0] - 4000) < 250 && abs(counts[500, default: 0] - 1000) < 150)
    #expect(counts[200, default: 0] + counts[503, default: 0] + counts[500, default: 0] == 20_000)
  }

  @Test("Each part of a question makes it another one, and so do key, seed and kind")
  func questions() {
    let first = MonitorRequest(provider: .grok, question: "a")
    var others = [
      MonitorRequest(provider: .gemini, question: "a"),
      MonitorRequest(provider: .grok, question: "b"),
    ]
    func add(_ change: (inout MonitorRequest) -> Void) {
      var other = first
      change(&other)
      others.append(other)
    }
    add { $0.country = "DE" }
    add { $0.state = "CA" }
    add { $0.location = "CA" }
    add { $0.uule = "CA" }
    add { $0.hl = "CA" }
    add { $0.device = .mobile }
    add { $0.pages = 2 }
    add { $0.include = .html }
    add { $0.legacy = true }
    add { $0.disableWebSearch = true }
    var numbers = Set(
      (others + [first]).map {
        WeatherQuestion($0, isTask: false, identity: 1).number
      })
    numbers.insert(WeatherQuestion(first, isTask: true, identity: 1).number)
    numbers.insert(WeatherQuestion(first, isTask: false, identity: 2).number)
    #expect(numbers.count == others.count + 3)
  }

  @Test("A provider's own entry takes the place of the default, even an empty one")
  func byProvider() throws {
    let mix = try Self.mix([
      "errors": ["default": [["status": 503, "probability": 1]], "grok": []],
      "taskFailures": ["default": 0.5, "grok": 0],
    ])
    #expect(mix.failure(of: .gemini, at: 0.999)?.status == 503)
    #expect(mix.failure(of: .grok, at: 0.001) == nil)
    #expect(mix.taskFailures[.gemini] == 0.5 && mix.taskFailures[.grok] == 0)
  }

  @Test("An attempt of a webhook is lost, or late, or neither")
  func webhooks() throws {
    let mix = try Self.mix(["webhooks": ["lost": 0.25, "slow": 0.5, "delay": "uniform(10s,20s)"]])
    guard case .lost(0.25)? = mix.passage(at: 0.1, delay: 0.5) else {
      Issue.record("not lost")
      return
    }
    guard case .slow(let wait)? = mix.passage(at: 0.7, delay: 0.5) else {
      Issue.record("not late")
      return
    }
    #expect(abs(wait - 15_000_000_000) < 1000)
    #expect(mix.passage(at: 0.76, delay: 0.5) == nil)
    let prompt = try Self.mix(["webhooks": ["slow": 1, "delay": "0s"]])
    #expect(prompt.passage(at: 0.5, delay: 0.5) == nil)
  }

  @Test("A latency beside a weather comes before it, and one further out after it")
  func latencies() throws {
    let weather = Weather(["latency": ["default": "5s", "grok": "10m"]])
    func seconds(
      _ key: KeySettings, _ defaults: OrganizationSettings.Defaults = .init(),
      of provider: Provider = .gemini
    ) -> Int64 {
      OrganizationSettings(key, plans: PlanCatalogue(), defaults: defaults)
        .latency(of: provider, or: nil, draw: 1, seed: 0) / 1_000_000_000
    }
    var line = OrganizationSettings.Defaults()
    line.latency = .constant(2_000_000_000)
    #expect(seconds(KeySettings(weather: weather)) == 5)
    #expect(seconds(KeySettings(latency: "1s", weather: weather)) == 1)
    #expect(seconds(KeySettings(weather: weather), line) == 5)
    line.weather = weather
    #expect(seconds(KeySettings(), line) == 2)
    line.latency = nil
    #expect(seconds(KeySettings(), line) == 5 && seconds(KeySettings(weather: .off), line) == 0)
    #expect(seconds(KeySettings(latency: "1s"), line) == 1)
    // What a weather draws lasts no longer than an attempt may.
    #expect(seconds(KeySettings(), line, of: .grok) == 300)
  }

  @Test("The library refuses what check refuses")
  func refused() async throws {
    try await withMock { mock in
      let bad = Weather(["taskFailures": ["default": 2]])
      await #expect(throws: MockServer.ControlRefusal.self) {
        try await mock.mint(weather: "rain")
      }
      await #expect(throws: MockServer.ControlRefusal.self) {
        try await mock.change(key: mock.key, weather: bad)
      }
      let rainy = try await mock.mint(weather: "rainy").weather
      let none = try await mock.mint().weather
      #expect(rainy == "rainy" && none == nil)
    }
    var configuration = MockConfiguration()
    configuration.weather = "rain"
    #expect(throws: MockStartError.self) { try MockServer(configuration) }
  }
}
