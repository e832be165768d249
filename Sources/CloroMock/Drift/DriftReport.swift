import CloroContract
import JSON

/// In what a service differs from the double, rule by rule.
package struct DriftReport: Sendable {
  /// How bad a finding is.
  package enum Severity: String, Sendable, CaseIterable, Comparable {
    /// Something new, which a client ignores.
    case info
    /// Something that a client may miss, or read.
    case warning
    /// Something on which a client stumbles, or that costs money.
    case error

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// What has become of it.
  package enum Kind: String, Sendable, CaseIterable {
    /// A header, a member, a country or a state that the double doesn't know.
    case added
    /// One that the double always has.
    case removed
    /// A value of another type or form.
    case type
    /// Another message.
    case text
    /// Another status.
    case status
    /// Another error code, field name or other fixed word.
    case code
    /// Another price.
    case price
    /// Another limit.
    case limit

    package var severity: Severity {
      switch self {
      case .added: .info
      case .removed, .text: .warning
      case .type, .status, .code, .price, .limit: .error
      }
    }
  }

  /// One difference.
  package struct Finding: Sendable, Hashable {
    /// The rule of `Fixtures/conformance.json` that doesn't hold.
    package let rule: String
    package let kind: Kind
    /// What differs: `header X-Foo`, `chatgpt result.sources[].url`, `error.message`.
    package let path: String
    package let expected: JSON
    package let found: JSON
    /// The first question that showed it.
    package let example: String

    package var json: JSON {
      [
        "rule": .string(rule), "severity": .string(kind.severity.rawValue),
        "kind": .string(kind.rawValue), "path": .string(path), "expected": expected,
        "found": found, "example": .string(example),
      ]
    }
  }

  /// A rule about which nothing is said.
  package struct Unchecked: Sendable, Hashable {
    package let rule: String
    package let reason: String
  }

  package internal(set) var findings: [Finding] = []
  /// The rules that were looked at, in the order of the contract.
  package internal(set) var checked: [String] = []
  package internal(set) var unchecked: [Unchecked] = []
  /// The credits that it took.
  package internal(set) var spent: Int64 = 0
  /// The most that it was allowed to take; nil when nobody is asked.
  package internal(set) var cap: Int64?
  package internal(set) var contract: ContractRevision
  /// Why it can't be said whether there is drift; nil when it can.
  package internal(set) var failure: String?

  /// Whether a finding is at least that bad.
  package func hasFinding(from severity: Severity) -> Bool {
    findings.contains { $0.kind.severity >= severity }
  }

  package var json: JSON {
    var object: JSONObject = [
      "findings": .array(findings.map(\.json)), "checked": .array(checked.map(JSON.string)),
      "unchecked": .array(
        unchecked.map { ["rule": .string($0.rule), "reason": .string($0.reason)] }),
      "spent": JSON(spent), "cap": JSON(cap), "contract": .string(contract.rawValue),
    ]
    if let failure { object.append("failure", .string(failure)) }
    return .object(object)
  }

  // MARK: For people

  private var summary: String {
    let counts = Severity.allCases.reversed().compactMap { severity -> String? in
      let count = findings.count { $0.kind.severity == severity }
      return count == 0 ? nil : Self.count(count, severity == .info ? "addition" : "\(severity)")
    }
    let found = counts.isEmpty ? "no drift" : "drift: " + counts.joined(separator: ", ")
    let credits = cap.map { "; \(spent) of at most \($0) credits" } ?? ""
    return "\(found); contract \(contract.rawValue), \(Self.count(checked.count, "rule")) checked,"
      + " \(unchecked.count) unchecked\(credits)"
  }

  private static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// For a terminal.
  package var text: String {
    var lines = [summary]
    if let failure { lines.append("could not tell: \(ShownText.value(failure))") }
    for finding in findings {
      lines.append("\(finding.kind.severity): \(finding.kind) \(finding.rule)")
      lines.append("  \(ShownText.value(finding.path))\(Self.change(finding) { $0 })")
      lines.append("  asked: \(ShownText.value(finding.example))")
    }
    for (reason, rules) in uncheckedByReason {
      lines.append("unchecked, \(reason): \(rules.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// For an issue or a pull request.
  package var markdown: String {
    var lines = ["### Drift of the service", "", "\(summary).", ""]
    if let failure { lines += ["Could not tell: \(Self.code(failure)).", ""] }
    if !findings.isEmpty {
      lines += ["| severity | rule | what | change | asked |", "|---|---|---|---|---|"]
      for finding in findings {
        let cells = [
          "\(finding.kind.severity)", Self.code(finding.rule),
          "\(finding.kind) \(Self.code(finding.path))", Self.change(finding, Self.code),
          Self.code(finding.example),
        ]
        lines.append("| \(cells.joined(separator: " | ")) |")
      }
      lines.append("")
    }
    lines += ["<details><summary>Unchecked rules</summary>", ""]
    for (reason, rules) in uncheckedByReason {
      lines.append("- \(reason): \(rules.map(Self.code).joined(separator: ", "))")
    }
    return (lines + ["", "</details>"]).joined(separator: "\n") + "\n"
  }

  private var uncheckedByReason: [(String, [String])] {
    var reasons: [String] = []
    for each in unchecked where !reasons.contains(each.reason) { reasons.append(each.reason) }
    return reasons.map { reason in
      (reason, unchecked.filter { $0.reason == reason }.map(\.rule))
    }
  }

  private static func change(_ finding: Finding, _ mark: (String) -> String) -> String {
    func shown(_ value: JSON) -> String {
      mark(ShownText.value(value.string ?? String(decoding: value.encoded, as: UTF8.self)))
    }
    return switch (finding.expected, finding.found) {
    case (.null, .null): ""
    case (.null, let found): ": found \(shown(found))"
    case (let expected, .null): ": expected \(shown(expected))"
    case (let expected, let found): ": expected \(shown(expected)), found \(shown(found))"
    }
  }

  /// A text of the service's as code, from which it can't escape.
  private static func code(_ text: String) -> String {
    let shown = ShownText.value(text).replacing("`", with: "'").replacing("|", with: "\\|")
    return "`\(shown)`"
  }
}
