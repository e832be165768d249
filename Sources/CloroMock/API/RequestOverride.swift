import CloroContract
import JSON

/// What a request asks for itself by its header, where that is allowed: a fault, a latency, or
/// both.
struct RequestOverride: Sendable {
  /// What a request's head says.
  enum Reading: Sendable {
    /// The double doesn't allow it.
    case ignored
    case valid(RequestOverride)
    /// Why it can't be used.
    case invalid(String)
  }

  /// The header's name.
  static let field: StaticString = "X-Cloro-Mock"
  /// What the journal notes where it isn't allowed.
  static let note = "ignored: header \(field), which needs --allow-overrides"
  private static let expected =
    "expected fault=KIND with its members, as in \"fault=status; status=503; retryAfter=7\", "
    + "or latency=2s, or both"

  private var faults: [CountedRule<Fault>] = []

  /// The fault that strikes at a point of the request's way.
  func fault(at point: FaultKind.Point) -> CountedRule<Fault>? {
    faults.first { $0.definition.fault.point == point }
  }

  static func reading(_ text: String, isAllowed: Bool) -> Reading {
    guard isAllowed else { return .ignored }
    guard var members = members(of: text) else { return .invalid(expected) }
    var override = RequestOverride()
    let kind = members.removeValue(for: "fault")
    if kind != "latency", let latency = members.removeValue(for: "latency") {
      if let problem = override.add(["kind": "latency", "latency": latency]) {
        return .invalid("\(problem); \(expected)")
      }
    }
    if let kind {
      var fault: JSONObject = ["kind": kind]
      for member in members.members { fault.append(member.name, member.value) }
      if let problem = override.add(.object(fault)) { return .invalid("\(problem); \(expected)") }
    } else if !members.members.isEmpty {
      return .invalid(expected)
    }
    return override.faults.isEmpty ? .invalid(expected) : .valid(override)
  }

  /// Adds a fault by its JSON.
  ///
  /// - Returns: What is wrong with it; nil when nothing is.
  private mutating func add(_ json: JSON) -> String? {
    let kind = FaultKind(json)
    let problems = JSONProblems()
    guard kind.check(at: ObjectPlace(problems: problems)), let effect = kind.effect,
      let point = kind.point
    else { return problems.list.map(\.description).joined(separator: "; ") }
    guard [.admission, .hold, .latency, .delivery].contains(point) else {
      return "kind: \(json["kind"]?.string ?? "") strikes no request"
    }
    faults.append(
      CountedRule(
        unlisted: "\(Self.field)",
        Fault(match: RuleMatch(), fault: kind, kind: effect, times: nil, probability: 1)))
    return nil
  }

  /// The header's `name=value` pairs; nil when it has others, or a name twice.
  private static func members(of text: String) -> JSONObject? {
    var members = JSONObject()
    for pair in text.split(separator: ";", omittingEmptySubsequences: false) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      let (name, value) = (trimmed(parts[0]), trimmed(parts[1]))
      guard !name.isEmpty, !value.isEmpty, members[name] == nil else { return nil }
      let isNumber = value.utf8.allSatisfy { 0x30...0x39 ~= $0 }
      members.append(name, (isNumber ? Int64(value).map { .integer($0) } : nil) ?? .string(value))
    }
    return members
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}

extension JSONObject {
  fileprivate mutating func removeValue(for name: String) -> JSON? {
    let value = self[name]
    self = members.reduce(into: JSONObject()) { rest, member in
      if member.name != name { rest.append(member.name, member.value) }
    }
    return value
  }
}
