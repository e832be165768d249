import CloroContract
import JSON
import Platform

/// How far a run has come, as a file has it, so that another run goes on from there. No secret is
/// in it.
struct DriftProgress: Sendable {
  static let schemaVersion: Int64 = 1

  let upstream: String
  let contract: ContractRevision
  /// The names of the probes that have been made.
  var done: [String] = []
  var spent: Int64 = 0
  var committed: Int64 = 0
  var factor = 2.0
  var findings: [DriftReport.Finding] = []
  /// The rules that answers have shown by their values.
  var shown: [String] = []
  var prices = DriftPrices()

  var encoded: [UInt8] {
    let prices = prices.seen.map { price -> JSON in
      [
        "provider": .string(price.provider.rawValue), "extra": JSON(price.extra),
        "rule": JSON(price.rule), "isSync": .bool(price.isSync), "expected": JSON(price.expected),
        "found": JSON(price.found), "example": .string(price.example),
      ]
    }
    let json: JSON = [
      "schemaVersion": JSON(Self.schemaVersion), "upstream": .string(upstream),
      "contract": .string(contract.rawValue), "spent": JSON(spent), "committed": JSON(committed),
      "factor": .decimal(factor), "done": .array(done.map(JSON.string)),
      "shown": .array(shown.map(JSON.string)),
      "findings": .array(findings.map(\.json)), "prices": .array(prices),
    ]
    return json.encoded + Array("\n".utf8)
  }

  /// Reads a file's text.
  ///
  /// - Throws: What is wrong with it, in words.
  init(_ text: [UInt8]) throws(DriftFailure) {
    guard let json = try? JSON(parsing: text), json["schemaVersion"] != nil else {
      throw DriftFailure(reason: "is no state of a drift run")
    }
    guard json["schemaVersion"]?.integer == Self.schemaVersion else {
      throw DriftFailure(reason: "schemaVersion: was written by another version of cloro-mock")
    }
    func member<Value>(_ name: String, _ read: (JSON) -> Value?) throws(DriftFailure) -> Value {
      guard let value = json[name].flatMap(read) else {
        throw DriftFailure(reason: "\(name): is missing or damaged")
      }
      return value
    }
    func count(_ json: JSON) -> Int64? { json.integer.flatMap { $0 >= 0 ? $0 : nil } }
    upstream = try member("upstream") { $0.string }
    contract = try member("contract") { $0.string.flatMap { ContractRevision(rawValue: $0) } }
    spent = try member("spent", count)
    committed = try member("committed", count)
    factor = try member("factor") { $0.number }
    done = try member("done") { json in
      let names = json.array?.compactMap(\.string)
      return names?.count == json.array?.count ? names : nil
    }
    // Files of the first versions don't have it.
    shown = json["shown"]?.array?.compactMap(\.string) ?? []
    findings = try member("findings") { Self.all($0, Self.finding) }
    for price in try member("prices", { Self.all($0, Self.price) }) { prices.add(price) }
  }

  init(upstream: String, contract: ContractRevision) {
    self.upstream = upstream
    self.contract = contract
  }

  private static func all<Value>(_ json: JSON, _ read: (JSON) -> Value?) -> [Value]? {
    guard let elements = json.array else { return nil }
    let values = elements.compactMap(read)
    return values.count == elements.count ? values : nil
  }

  private static func finding(_ json: JSON) -> DriftReport.Finding? {
    guard let rule = json["rule"]?.string, let path = json["path"]?.string,
      let kind = json["kind"]?.string.flatMap({ DriftReport.Kind(rawValue: $0) }),
      let expected = json["expected"], let found = json["found"],
      let example = json["example"]?.string
    else { return nil }
    return DriftReport.Finding(
      rule: rule, kind: kind, path: path, expected: expected, found: found, example: example)
  }

  private static func price(_ json: JSON) -> DriftPrices.Seen? {
    guard let provider = json["provider"]?.string.flatMap({ Provider(rawValue: $0) }),
      let isSync = json["isSync"]?.bool, let expected = json["expected"]?.integer,
      let found = json["found"]?.integer, let example = json["example"]?.string
    else { return nil }
    return DriftPrices.Seen(
      provider: provider, extra: json["extra"]?.string, rule: json["rule"]?.string, isSync: isSync,
      expected: expected, found: found, example: example)
  }
}

/// Why a comparison can't be made, in words.
package struct DriftFailure: Error, CustomStringConvertible {
  package let reason: String

  package var description: String { reason }
}
