import CloroContract
import JSON
import Simulation

/// How well a day goes at the engines: a mix of latencies, errors, tasks that fail, and webhooks
/// that are slow or lost. What becomes of a question follows from the key, its seed, the question,
/// and how often the key has asked it, so a bad day is the same bad day each time.
///
/// ```swift
/// let key = try await mock.mint(weather: "rainy")
/// let own = try await mock.mint(
///   weather: Weather(["errors": ["google": [["status": 503, "probability": 0.2]]]]))
/// ```
///
/// A name or values that can't be used are refused by the call that wants to set the weather.
public struct Weather: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The weather as the control API's `weather`, as it was given: a name, the mix itself, or null.
  public let json: JSON
  /// What reasons call it; nil for a mix that has no name.
  public let name: String?
  /// nil when there is none, or when it can't be used.
  let mix: WeatherMix?
  private let problems: [JSONProblem]

  /// No weather, whatever the plan or the command line says.
  public static let off = Weather(.null)

  /// The names of the built-in ones, the calmest first.
  public static let builtInNames = EmbeddedFiles.folder("weather").map(\.name)

  /// A built-in weather by its name, a mix by its JSON, or none by null.
  ///
  /// - Parameters:
  ///   - json: For example `"rainy"`, or `["taskFailures": ["default": 0.1]]`.
  ///   - name: What reasons call a mix. The default is nil, which leaves it without a name.
  public init(_ json: JSON, name: String? = nil) {
    let problems = JSONProblems()
    self.json = json
    switch json {
    case .null: (self.name, mix) = (nil, nil)
    case .string(let text):
      self.name = text
      mix = Self.builtIn(text, problems)
    case .object:
      self.name = name
      mix = ObjectReader(json, problems: problems).map { WeatherMix($0) }
    default:
      (self.name, mix) = (nil, nil)
      problems.add("", "expected a weather's name, an object, or null, found \(json.typeName)")
    }
    self.problems = problems.list
  }

  public init(stringLiteral name: String) { self.init(.string(name)) }

  private static func builtIn(_ name: String, _ problems: JSONProblems) -> WeatherMix? {
    guard let file = EmbeddedFiles.folder("weather").first(where: { $0.name == name }) else {
      let alternatives = ObjectReader.alternatives(to: name, in: builtInNames)
      problems.add("", "\"\(ShownText.value(name))\" is no weather\(alternatives)")
      return nil
    }
    let found = JSONProblems()
    let json = try? JSON(parsing: Array(file.bytes))
    let mix = json.flatMap { ObjectReader($0, problems: found) }.map { WeatherMix($0) }
    precondition(mix != nil && found.list.isEmpty, "The weather \(name) is invalid: \(found.list)")
    return mix
  }

  /// Reads a weather; problems are noted.
  static func read(_ name: String, _ reader: inout ObjectReader) -> Weather? {
    guard let json = reader.value(name) else { return nil }
    let weather = Weather(json)
    return weather.check(at: reader.place.inner(name)) ? weather : nil
  }

  /// Notes why it can't be used.
  ///
  /// - Parameter place: Where it stands.
  /// - Returns: Whether it can be used.
  @discardableResult
  func check(at place: ObjectPlace) -> Bool {
    for problem in problems {
      let path = problem.path.isEmpty ? place.path : place.inner(problem.path).path
      place.problems.add(path, problem.message)
    }
    return problems.isEmpty
  }

  /// What a reason says when it takes effect, e.g. `weather rainy: 503 with probability 0.05`.
  func mention(_ event: String, _ probability: Double) -> String {
    let number = JSON.decimal(probability)
    let text = probability == 1 ? "1" : String(decoding: number.encoded, as: UTF8.self)
    let shown = name.map { " \(ShownText.value($0))" } ?? ""
    return "weather\(shown): \(event) with probability \(text)"
  }

  public static func == (left: Weather, right: Weather) -> Bool {
    left.json == right.json && left.name == right.name
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(json)
    hasher.combine(name)
  }
}

// MARK: Its draws

/// What a question's weather is drawn from: the key with its seed, the whole question, and whether
/// it is asked by a task. Neither time nor other questions have a part in it.
struct WeatherQuestion: Sendable {
  /// The number under which the question is counted.
  let number: UInt64

  /// - Parameter identity: The number that follows from the key and its seed.
  init(_ request: MonitorRequest, isTask: Bool, identity: UInt64) {
    var hash = StableHash(seed: identity)
    hash.combine(isTask ? "weather of a task" : "weather of a question")
    hash.combine(request.provider.rawValue)
    hash.combine(request.question)
    hash.combine(request.country)
    for text in [request.state, request.location, request.uule, request.hl] {
      hash.combine(text == nil ? 0 : 1 as UInt64)
      hash.combine(text ?? "")
    }
    hash.combine(request.device.rawValue)
    hash.combine(UInt64(request.pages))
    hash.combine(UInt64(request.include.rawValue))
    hash.combine((request.legacy ? 1 : 0) | (request.disableWebSearch ? 2 : 0) as UInt64)
    number = hash.value
  }

  /// The seed of one asking.
  ///
  /// - Parameter before: How often the question had been asked before.
  func seed(before: UInt64) -> UInt64 { SeededRandom.mix(number &+ before) }

  /// A number above 0 and below 1.
  ///
  /// - Parameters:
  ///   - seed: That of the asking.
  ///   - purpose: What the draw decides, so that one draw doesn't tell another.
  static func share(of seed: UInt64, _ purpose: String, _ number: Int = 0) -> Double {
    var hash = StableHash(seed: seed)
    hash.combine(purpose)
    hash.combine(UInt64(number))
    var random = SeededRandom(seed: hash.value)
    return random.nextShare()
  }
}

extension ObjectMember {
  /// A weather.
  static func weather(
    _ name: String, _ property: WritableKeyPath<Root, Weather?> & Sendable
  ) -> ObjectMember {
    ObjectMember(
      name, property, read: { reader, name in Weather.read(name, &reader) },
      check: { weather, place in weather.check(at: place.inner(name)) }, json: \.json)
  }
}
