import CloroContract
import JSON
import Simulation

/// A failure that a test has requested.
struct Fault: RuleDefinition {
  static let name = "fault"

  var title: String { fault.json["kind"]?.string ?? Self.name }

  let match: RuleMatch
  /// The kind of failure, as it was requested.
  let fault: FaultKind
  /// What happens.
  let kind: FaultKind.Effect
  let times: Int?
  let probability: Double
}

extension Fault {
  /// How often a rule takes effect, as it was requested.
  private struct Frequency: Sendable {
    var times: Int?
    var probability: Double?

    static let members: [ObjectMember<Frequency>] = [
      .times("times", \.times),
      .value(
        "probability", \.probability, expected: "a number from 0 to 1", from: { $0.number },
        json: { .decimal($0) }, where: { 0...1 ~= $0 }),
    ]
  }

  /// Makes a fault from values of this process.
  ///
  /// - Parameters:
  ///   - probability: nil means 1.
  ///   - place: The place at which problems are noted.
  /// - Returns: nil when something is wrong.
  init?(
    match: RuleMatch, fault: FaultKind, times: Int? = nil, probability: Double? = nil,
    at place: ObjectPlace
  ) {
    match.check(RuleMatch.ofFaults, at: place)
    _ = fault.check(at: place.inner("fault"))
    if let point = fault.point { match.checkRoutes(at: point, place.inner("match")) }
    let frequency = Frequency(times: times, probability: probability)
    Frequency.members.check(frequency, at: place, into: Frequency())
    guard place.problems.list.isEmpty else { return nil }
    self.init(match, fault, frequency)
  }

  private init?(_ match: RuleMatch, _ fault: FaultKind, _ frequency: Frequency) {
    guard let effect = fault.effect else { return nil }
    self.init(
      match: match, fault: fault, kind: effect, times: frequency.times,
      probability: frequency.probability ?? 1)
  }

  /// Reads a fault from the control API's or a fixture's JSON.
  ///
  /// - Returns: nil when its kind is wrong.
  static func read(_ reader: inout ObjectReader) -> Fault? {
    let match = RuleMatch(&reader, RuleMatch.ofFaults)
    let fault = FaultKind.read("fault", &reader)
    if let point = fault?.point { match.checkRoutes(at: point, reader.place.inner("match")) }
    var frequency = Frequency()
    Frequency.members.read(&reader, into: &frequency)
    return fault.flatMap { Fault(match, $0, frequency) }
  }
}

extension ObjectMember {
  /// How often a rule takes effect.
  static func times(
    _ name: String, _ property: WritableKeyPath<Root, Int?> & Sendable
  ) -> ObjectMember {
    integer(name, property, in: 1...1_000_000_000)
  }
}

extension CountedRule<Fault> {
  /// The fault as the control API shows it.
  var json: JSON {
    var object: JSONObject = [
      "id": .string(id), "match": definition.match.json, "fault": definition.fault.json,
      "probability": JSON(definition.probability),
      "seen": JSON(seen), "struck": JSON(struck),
    ]
    if let timesLeft { object.append("timesLeft", JSON(timesLeft)) }
    return .object(object)
  }
}
