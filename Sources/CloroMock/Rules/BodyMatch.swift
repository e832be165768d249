import CloroContract
import JSON
import Patterns

/// Conditions on members of a question, by pointers (RFC 6901) such as `/include/markdown`.
///
/// They look at the question as the double has understood it, so that a synchronous request and a
/// task are alike: texts without the white space around them, codes in capitals, and every member
/// there with its default. The members of a task stand beside those of its payload, which
/// `/payload/…` names too.
public struct BodyMatch: Sendable, Hashable {
  /// A condition on one member.
  public enum Condition: Sendable, Hashable {
    /// The member has this value.
    case equals(JSON)
    /// A condition on its text; numbers, `true` and `false` count as written in JSON.
    case text(PromptMatch)

    var json: JSON {
      switch self {
      case .equals(let value): ["equals": value]
      case .text(let match): match.json
      }
    }
  }

  /// The conditions by their pointers, in order.
  let conditions: [(pointer: String, condition: Condition)]

  /// Conditions by their pointers.
  public init(_ conditions: KeyValuePairs<String, Condition>) {
    self.conditions = conditions.map { (pointer: $0.key, condition: $0.value) }
  }

  private init(listed conditions: [(pointer: String, condition: Condition)]) {
    self.conditions = conditions
  }

  /// The condition as it is listed.
  var json: JSON {
    .object(JSONObject(conditions.map { JSONObject.Member($0.pointer, $0.condition.json) }))
  }

  public static func == (left: BodyMatch, right: BodyMatch) -> Bool { left.json == right.json }

  public func hash(into hasher: inout Hasher) { hasher.combine(json) }
}

// MARK: Comparing

extension BodyMatch {
  /// The first condition that isn't met, with what was found; nil when all are.
  ///
  /// - Parameter steps: The steps of searches so far, to which those of this one are added.
  func misses(
    _ body: JSON, steps: inout Int
  ) -> (pointer: String, condition: Condition, found: JSON?)? {
    for (pointer, condition) in conditions {
      let found = Self.value(at: pointer, in: body)
      let isMet: Bool
      switch condition {
      case .equals(let wanted): isMet = found == wanted
      case .text(let match):
        isMet = found.flatMap(Self.text).map { match.holds(for: $0, steps: &steps) } ?? false
      }
      if !isMet { return (pointer, condition, found) }
    }
    return nil
  }

  private static func text(_ json: JSON) -> String? {
    switch json {
    case .string(let text): text
    case .null, .array, .object: nil
    default: String(decoding: json.encoded, as: UTF8.self)
    }
  }

  private static func value(at pointer: String, in body: JSON) -> JSON? {
    pointer.split(separator: "/").reduce(Optional(body)) { $0?[String($1)] }
  }

  /// All members of a question, by the names of a request.
  static func members(of request: MonitorRequest, _ submission: AsyncTaskRequest?) -> JSON {
    var object = JSONObject()
    object.append(request.provider.questionMember, .string(request.question))
    object.append("country", .string(request.country))
    if request.provider.questionMember == "query" || request.provider == .aimode {
      object.append("gl", .string(request.country))
    }
    let texts = [
      ("state", request.state), ("location", request.location), ("uule", request.uule),
      ("hl", request.hl),
    ]
    for (name, text) in texts { if let text { object.append(name, .string(text)) } }
    object.append("device", .string(request.device.rawValue))
    object.append("pages", JSON(request.pages))
    object.append("legacy", .bool(request.legacy))
    object.append("disableWebSearch", .bool(request.disableWebSearch))
    var include = JSONObject()
    for (name, flag) in Include.named where flag != .aiOverviewMarkdown {
      include.append(name, .bool(request.include.contains(flag)))
    }
    if request.include.contains(.aiOverviewMarkdown) {
      include["aioverview"] = ["markdown": true]
    }
    object.append("include", .object(include))
    guard let submission else { return .object(object) }
    let payload = JSON.object(object)
    object.append("taskType", .string(request.provider.taskType))
    object.append("priority", JSON(submission.priority))
    if let key = submission.idempotencyKey { object.append("idempotencyKey", .string(key)) }
    if let url = submission.webhookURL { object.append("webhook", ["url": .string(url)]) }
    object.append("payload", payload)
    return .object(object)
  }

  /// All pointers that can lead to something.
  private static let pointers: [String] = {
    let members =
      ["prompt", "query", "country", "gl", "state", "location", "uule", "hl", "device", "pages"]
      + ["legacy", "disableWebSearch", "include"]
      + Include.named.map { "include/" + $0.name.split(separator: ".").joined(separator: "/") }
    let task = ["taskType", "priority", "idempotencyKey", "webhook", "webhook/url", "payload"]
    return members.map { "/" + $0 } + task.map { "/" + $0 } + members.map { "/payload/" + $0 }
  }()
}

// MARK: Reading

extension BodyMatch {
  /// A member that is such a condition: `{"/device": {"equals": "mobile"}}`.
  static func member<Root>(
    _ name: String, _ property: WritableKeyPath<Root, BodyMatch?> & Sendable
  ) -> ObjectMember<Root> {
    ObjectMember(
      name, property, read: { reader, name in read(name, &reader) },
      check: { match, place in match.check(at: place.inner(name)) }, json: \.json)
  }

  private static func read(_ name: String, _ outer: inout ObjectReader) -> BodyMatch? {
    guard var reader = outer.reader(name) else { return nil }
    let before = outer.problems.count
    if reader.object.members.isEmpty {
      outer.fail(name, "expected at least one pointer, such as /prompt")
    }
    let conditions = reader.object.members.compactMap { member in
      condition(member.name, &reader).map { (pointer: member.name, condition: $0) }
    }
    let match = BodyMatch(listed: conditions)
    match.check(at: reader.place)
    reader.finish()
    return outer.problems.count == before ? match : nil
  }

  private static func condition(_ pointer: String, _ reader: inout ObjectReader) -> Condition? {
    guard let object = reader.value(pointer)?.object, object.members.count == 1,
      let member = object.members.first, ["equals", "contains", "regex"].contains(member.name)
    else {
      reader.fail(
        ShownText.value(pointer), "expected an object with one of equals, contains, regex")
      return nil
    }
    if member.name == "equals" { return .equals(member.value) }
    return PromptMatch.read(pointer, &reader).map { .text($0) }
  }

  /// Notes pointers that lead nowhere.
  private func check(at place: ObjectPlace) {
    for (pointer, condition) in conditions {
      let shown = ShownText.value(pointer)
      if !Self.pointers.contains(where: { $0.hasSameBytes(as: pointer) }) {
        place.fail(
          shown, "leads to no member of a question\(Self.alternatives(to: pointer))")
      }
      if case .text(let match) = condition { match.check(at: place.inner(shown)) }
    }
  }

  private static func alternatives(to pointer: String) -> String {
    ObjectReader.alternatives(to: pointer, in: pointers.filter { !$0.hasPrefix("/payload/") })
  }
}
