import CloroContract
import JSON
import Simulation

/// Compares answers with the double's, and collects what differs. Each difference is told once,
/// with the first question that showed it, in however many answers it is.
struct DriftComparison {
  let revision: ContractRevision
  /// Texts that must not be shown: the key.
  let secrets: [String]
  private(set) var findings: [DriftReport.Finding] = []
  /// The rules that answers have shown by their values, whether they held or not.
  private(set) var shown: Set<String> = []
  /// See ``compareCountries(_:with:model:_:)``.
  var changedCountries = ChangedCountries()
  private var seen: Set<String> = []

  init(_ revision: ContractRevision, secrets: [String]) {
    self.revision = revision
    self.secrets = secrets
  }

  /// Takes up what an earlier run has found.
  mutating func resume(_ earlier: [DriftReport.Finding], shown: [String]) {
    for finding in earlier { add(finding) }
    see(shown)
  }

  /// Notes that rules were looked at.
  mutating func see(_ rules: [String]) { shown.formUnion(rules) }

  mutating func note(
    _ kind: DriftReport.Kind, _ rule: String, _ path: String, expected: JSON = .null,
    found: JSON = .null, asked example: String
  ) {
    add(
      DriftReport.Finding(
        rule: rule, kind: kind, path: clean(path), expected: expected, found: clean(found),
        example: example))
  }

  private mutating func add(_ finding: DriftReport.Finding) {
    // A message that has changed is the same one wherever it stands.
    let place = finding.kind == .text ? "" : finding.path
    let detail =
      switch finding.kind {
      case .added, .removed, .type: ""
      default:
        String(decoding: JSON.array([finding.expected, finding.found]).encoded, as: UTF8.self)
      }
    let countries = finding.rule.hasPrefix("countries.") || finding.rule.hasPrefix("states.")
    let identity = "\(finding.kind) \(place) \(detail)" + (countries ? finding.rule : "")
    if seen.insert(identity).inserted { findings.append(finding) }
  }

  // MARK: Texts of the service's

  private func clean(_ value: JSON) -> JSON {
    switch value {
    case .string(let text): .string(clean(text))
    case .array(let elements): .array(elements.map(clean))
    case .object(let object):
      .object(JSONObject(object.members.map { .init(clean($0.name), clean($0.value)) }))
    default: value
    }
  }

  /// A text without keys, and not longer than a person reads.
  func clean(_ text: String) -> String {
    var text = text
    for secret in secrets where !secret.isEmpty { text = text.replacing(secret, with: "…") }
    for prefix in ["sk_live_", "sk_test_", "whsec_"] { text = Self.cut(text, after: prefix) }
    return ShownText.value(text)
  }

  /// Hides what follows each prefix of a key.
  private static func cut(_ text: String, after prefix: String) -> String {
    let parts = text.split(separator: prefix, omittingEmptySubsequences: false)
    guard parts.count > 1 else { return text }
    let rest = parts.dropFirst().map { part in
      let tail = part.drop { $0.isASCII && ($0.isLetter || $0.isNumber) }
      return prefix + (tail.startIndex == part.startIndex ? "" : "…") + tail
    }
    return parts[0] + rest.joined()
  }

  // MARK: Headers

  /// Fields that belong to the connection, or that a proxy or a network of caches adds.
  private static let transport: Set<String> = [
    "accept-ranges", "age", "alt-svc", "cache-control", "connection", "content-encoding",
    "content-length", "content-type", "date", "etag", "expires", "keep-alive", "last-modified",
    "nel", "pragma", "report-to", "server", "server-timing", "set-cookie",
    "strict-transport-security", "transfer-encoding", "vary", "via", "x-powered-by",
    "cf-cache-status", "cf-ray",
  ]

  mutating func compareHeaders(
    _ found: UpstreamClient.Answer, with expected: UpstreamClient.Answer, _ probe: DriftProbe
  ) {
    let expectedNames = Set(expected.headers.map { $0.name.lowercased() })
    let foundNames = Set(found.headers.map { $0.name.lowercased() })
    for (name, value) in expected.headers where !Self.transport.contains(name.lowercased()) {
      let rule = rule(ofHeader: name.lowercased(), expected.status)
      guard let actual = found[name] else {
        note(.removed, rule, "header \(name)", asked: probe.name)
        continue
      }
      compareHeader(name, actual, value, rule, probe)
    }
    for (name, _) in found.headers {
      let lower = name.lowercased()
      guard !expectedNames.contains(lower), !Self.transport.contains(lower) else { continue }
      note(
        .added, rule(ofHeader: lower, found.status, isNew: true, isMonitor: probe.isMonitor),
        "header \(name)", asked: probe.name)
    }
    guard !foundNames.isEmpty else { return }
    compareNumbers(found, expected, probe)
  }

  private mutating func compareHeader(
    _ name: String, _ found: String, _ expected: String, _ rule: String, _ probe: DriftProbe
  ) {
    let path = "header \(name)"
    switch name.lowercased() {
    case "x-request-id":
      guard ResultShape.format(of: .string(found)) != "uuid" else { return }
      note(.type, rule, path, expected: "uuid", found: .string(found), asked: probe.name)
    case "allow": break
    case let lower where lower.hasPrefix("x-"):
      guard let number = Int64(found) else {
        return note(.type, rule, path, expected: "number", found: .string(found), asked: probe.name)
      }
      if lower == "x-ratelimit-limit", String(number) != expected {
        note(
          .limit, "rate-limit.quota", path, expected: JSON(Int64(expected)), found: JSON(number),
          asked: probe.name)
      }
      if lower == "x-credits-charged", expected == "0", number != 0 {
        note(
          .price, "credits.failures-free", path, expected: 0, found: JSON(number),
          asked: probe.name)
      }
    default: break
    }
  }

  /// What the numbers of an answer's headers must be to each other.
  private mutating func compareNumbers(
    _ found: UpstreamClient.Answer, _ expected: UpstreamClient.Answer, _ probe: DriftProbe
  ) {
    func number(_ name: String) -> Int64? { found[name].flatMap { Int64($0) } }
    if let limit = number("X-RateLimit-Limit"), let left = number("X-RateLimit-Remaining"),
      found["X-RateLimit-Limit"] == expected["X-RateLimit-Limit"],
      !(0..<max(1, limit)).contains(left)
    {
      note(
        .limit, "rate-limit.remaining", "header X-RateLimit-Remaining",
        expected: .string("0 to \(limit - 1)"), found: JSON(left), asked: probe.name)
    }
    let prefix = revision == .july2026 ? "X-Concurrent" : "X-Concurrency"
    if let limit = number("\(prefix)-Limit"), let current = number("\(prefix)-Current"),
      let left = number("\(prefix)-Remaining")
    {
      // What the service says may be any number.
      let free = max(0, limit.subtractingReportingOverflow(current).partialValue)
      guard left != free else { return }
      note(
        .limit, "concurrency.counts-itself", "header \(prefix)-Remaining", expected: JSON(free),
        found: JSON(left), asked: probe.name)
    }
  }

  /// The rule that says where a header stands, or that there is no such header.
  private func rule(
    ofHeader name: String, _ status: Int, isNew: Bool = false, isMonitor: Bool = true
  ) -> String {
    let july = revision == .july2026
    if isNew, status == 401, name.hasPrefix("x-ratelimit") { return "auth.no-limit-headers" }
    if name.hasPrefix("x-ratelimit-") { return "rate-limit.headers" }
    if name.hasPrefix("x-concurren") || name.hasPrefix("x-credits-") {
      if isNew, !isMonitor { return "headers.monitor-only" }
      if name.hasPrefix("x-credits-") {
        return july ? "credits.headers-always" : "credits.headers-on-success"
      }
      return july ? "concurrency.headers" : "concurrency.headers-october"
    }
    switch name {
    case "x-request-id": return july ? "headers.no-identity" : "headers.request-id"
    case "x-latency-ms": return july ? "headers.no-identity" : "headers.latency"
    case "allow": return "routes.wrong-method"
    case "retry-after" where status == 429: return "rate-limit.no-retry-after"
    case "deprecation", "sunset", "link":
      return july ? "headers.no-others" : "headers.not-deprecated"
    default:
      return !july && name.hasPrefix("ratelimit") ? "headers.not-deprecated" : "headers.no-others"
    }
  }

  // MARK: Bodies

  /// Compares a body value by value; what differs each time is compared by its form.
  mutating func compareValues(
    _ found: JSON, with expected: JSON, at path: String = "", _ probe: DriftProbe, status: Int
  ) {
    guard found.typeName == expected.typeName else {
      return note(
        .type, rule(at: path, probe, status), path.isEmpty ? "body" : path,
        expected: .string(expected.typeName), found: .string(found.typeName), asked: probe.name)
    }
    switch (expected, found) {
    case (.object(let expected), .object(let found)):
      if status >= 400, path == "error" { compareOrder(found, with: expected, probe) }
      for member in expected.members {
        let inner = ResultShape.path(path, member.name)
        if let value = found[member.name] {
          compareValues(value, with: member.value, at: inner, probe, status: status)
        } else {
          note(
            .removed, rule(at: inner, probe, status), inner,
            expected: .string(member.value.typeName), asked: probe.name)
        }
      }
      for member in found.members where expected[member.name] == nil {
        let inner = ResultShape.path(path, member.name)
        note(
          .added, rule(at: inner, probe, status), inner, found: .string(member.value.typeName),
          asked: probe.name)
      }
    case (.array(let expected), .array(let found)):
      for (found, expected) in zip(found, expected) {
        compareValues(found, with: expected, at: path + "[]", probe, status: status)
      }
      guard found.count != expected.count else { return }
      note(
        .code, rule(at: path, probe, status), path, expected: .string("\(expected.count) elements"),
        found: .string("\(found.count) elements"), asked: probe.name)
    default: compareScalar(found, with: expected, at: path, probe, status)
    }
  }

  /// Compares the order of an error's members, as far as both have them.
  private mutating func compareOrder(
    _ found: JSONObject, with expected: JSONObject, _ probe: DriftProbe
  ) {
    let rule = "errors.member-order"
    see([rule])
    let names = found.members.map(\.name).filter { expected[$0] != nil }
    let known = expected.members.map(\.name).filter { found[$0] != nil }
    guard names != known else { return }
    note(
      .type, rule, "error", expected: .string(known.joined(separator: ", ")),
      found: .string(names.joined(separator: ", ")), asked: probe.name)
  }

  private mutating func compareScalar(
    _ found: JSON, with expected: JSON, at path: String, _ probe: DriftProbe, _ status: Int
  ) {
    let name = path.split(separator: ".").last.map(String.init) ?? path
    if name == "timestamp" {
      guard found.string.flatMap({ Timestamp(text: $0) }) == nil else { return }
      return note(
        .type, "errors.timestamp", path, expected: "timestamp", found: found, asked: probe.name)
    }
    guard found != expected else { return }
    let isText = ["message", "error"].contains(name)
    let kind: DriftReport.Kind =
      isText ? .text : expected.number != nil ? .limit : .code
    let rule =
      isText && path != "error" && !path.contains("details")
      ? probe.textRule
      : isText && path == "error" ? rule(at: path, probe, status) : probe.rules[0]
    note(kind, rule, path, expected: expected, found: found, asked: probe.name)
  }

  /// The rule that says which members a body has.
  private func rule(at path: String, _ probe: DriftProbe, _ status: Int) -> String {
    if path.hasSuffix("timestamp") { return "errors.timestamp" }
    guard status >= 400 else { return probe.rules[0] }
    let july = revision == .july2026
    if status == 400 || status == 422 {
      return july ? "validation.text-envelope" : "validation.object-envelope"
    }
    return july ? "errors.object-envelope" : "errors.single-envelope"
  }

  /// Compares members and types with a known shape.
  ///
  /// - Parameters:
  ///   - place: What stands before the paths, e.g. `chatgpt result`.
  ///   - rules: What is named for what is added, removed, or of another type.
  mutating func compareMembers(
    _ found: JSON, with shape: ResultShape, place: String, joint: String = ".",
    rules: (added: String, removed: String, type: String), asked example: String
  ) {
    for difference in shape.differences(of: found) {
      let (kind, rule): (DriftReport.Kind, String) =
        switch difference.kind {
        case .added: (.added, rules.added)
        case .removed: (.removed, rules.removed)
        case .type: (.type, rules.type)
        }
      let known = difference.expected.joined(separator: " or ")
      note(
        kind, rule, difference.path.isEmpty ? place : place + joint + difference.path,
        expected: known.isEmpty ? .null : .string(known), found: JSON(difference.found),
        asked: example)
    }
  }

  /// Compares a provider's result with what the double makes up.
  ///
  /// - Parameter question: What was asked, word for word.
  mutating func compareResult(
    _ found: JSON, with shape: ResultShape, to request: MonitorRequest, question: String,
    asked example: String
  ) {
    let place = "\(request.provider.rawValue) result"
    compareMembers(
      found, with: shape, place: place,
      rules: ("results.closed", "results.complete", "results.documented"), asked: example)
    let observations = DriftResultRules.observations(
      of: found, to: request, question: question, in: revision)
    for observation in observations {
      see([observation.rule])
      guard let broken = observation.broken else { continue }
      note(
        .type, observation.rule, "\(place).\(broken.path)", expected: .string(broken.expected),
        found: broken.found, asked: example)
    }
  }

  /// Compares the codes of a list.
  mutating func compareCodes(
    _ found: [String], with expected: [String], rule: String, path: String, asked example: String
  ) {
    let (lost, new) = (
      expected.filter { !found.contains($0) }, found.filter { !expected.contains($0) }
    )
    if !lost.isEmpty {
      note(
        .removed, rule, path, expected: .string(lost.joined(separator: " ")), asked: example)
    }
    if !new.isEmpty {
      note(.added, rule, path, found: .string(new.joined(separator: " ")), asked: example)
    }
  }
}
