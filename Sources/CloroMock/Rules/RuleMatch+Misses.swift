import CloroContract
import JSON

extension RuleMatch {
  /// The conditions that a subject doesn't meet, e.g. `state: expected "CA", was "TX"`; empty when
  /// it meets all.
  ///
  /// - Parameter steps: The steps of searches so far, to which those of this one are added.
  func misses(_ subject: RuleSubject, steps: inout Int) -> [String] {
    var misses: [String] = []
    func note(_ name: String, _ wanted: JSON?, _ found: JSON?) {
      let shown = found.map(Self.shown) ?? "none"
      misses.append("\(name): expected \(wanted.map(Self.shown) ?? "another"), was \(shown)")
    }
    func compare(_ name: String, _ wanted: String?, _ found: String?) {
      guard let wanted, !wanted.hasSameBytes(as: found ?? "") else { return }
      note(name, .string(wanted), found.map(JSON.string))
    }
    if let key, !key.hasSameBytes(as: subject.key ?? "") {
      let found = subject.key.map { "the one that ends in \($0.suffix(4))" } ?? "none"
      misses.append("key: expected the one that ends in \(key.suffix(4)), was \(found)")
    }
    compare("provider", provider?.rawValue, subject.provider?.rawValue)
    compare("country", country, subject.country?.uppercased())
    compare("label", label, subject.label)
    let request = subject.request
    compare("state", state, request?.state)
    compare("device", device?.rawValue, request?.device.rawValue)
    if let include, !include.holds(for: request?.include ?? []) || request == nil {
      let flags = Include.named.filter { request?.include.contains($0.flag) ?? false }
      note("include", include.json, .array(flags.map { .string($0.name) }))
    }
    if let body, let miss = body.misses(subject.body ?? .null, steps: &steps) {
      note("body.\(ShownText.value(miss.pointer))", miss.condition.json, miss.found)
    }
    if let prompt {
      let isMet = subject.question.map { prompt.holds(for: $0, steps: &steps) } ?? false
      if !isMet { note("prompt", prompt.json, subject.question.map(JSON.string)) }
    }
    return misses
  }

  private static func shown(_ json: JSON) -> String {
    ShownText.value(String(decoding: json.encoded, as: UTF8.self))
  }
}
