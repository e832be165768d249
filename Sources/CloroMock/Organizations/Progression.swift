import JSON

extension Plan.Progression {
  private static let modes = ["time", "immediate", "polls", "hold"]
  private static let pollRange: ClosedRange<Int64> = 1...1_000_000

  /// A member that is a progression, for keys' settings.
  static func member<Root>(
    _ name: String, _ property: WritableKeyPath<Root, Plan.Progression?> & Sendable
  ) -> ObjectMember<Root> {
    ObjectMember(
      name, property, read: { reader, name in read(name, &reader) },
      check: { progression, place in
        guard case .polls(let count) = progression else { return }
        polls.check(Polls(polls: count), at: place.inner(name), into: Polls())
      }, json: \.json)
  }

  private struct Polls {
    var polls: Int?
  }

  private static let polls: [ObjectMember<Polls>] = [.integer("polls", \.polls, in: pollRange)]

  /// Reads `"time"`, or an object with a mode.
  static func read(_ name: String, _ reader: inout ObjectReader) -> Plan.Progression? {
    guard let json = reader.value(name) else { return nil }
    let path = reader.path(of: name)
    let object: JSON = json.string == nil ? json : ["mode": json]
    guard var inner = ObjectReader(object, path: path, problems: reader.problems) else {
      return nil
    }
    inner.require("mode")
    let mode = inner.string("mode")
    let polls = inner.integer("polls", in: pollRange)
    inner.finish()
    if polls != nil, mode != "polls" { inner.fail("polls", "goes with the mode polls only") }
    switch mode {
    case "time": return .time
    case "immediate": return .immediate
    case "hold": return .hold
    case "polls": return .polls(Int(polls ?? 1))
    case let other?:
      inner.fail(
        "mode",
        "\"\(other)\" is unknown\(ObjectReader.alternatives(to: other, in: modes))")
      return nil
    case nil: return nil
    }
  }

  /// The progression as fixtures and the control API write it.
  var json: JSON {
    switch self {
    case .time: ["mode": "time"]
    case .immediate: ["mode": "immediate"]
    case .hold: ["mode": "hold"]
    case .polls(let count): ["mode": "polls", "polls": JSON(count)]
    }
  }
}
