import CloroContract
import JSON

/// What a run, or a key's organization, has asked, what that would have cost, and what the client
/// did that cloro's documents advise against.
public struct RunReport: Sendable, Hashable {
  /// What was asked under one label.
  public struct Label: Sendable, Hashable {
    /// nil for requests of organizations without one, and those without a valid key.
    public let label: String?
    /// Credits charged under it.
    public let credits: Int
    /// How many requests came under it, the refused ones too.
    public let requests: Int
    /// How many of them were refused.
    public let refusals: Int
  }

  /// What one provider has answered.
  public struct Share: Sendable, Hashable {
    /// The provider.
    public let provider: Provider
    /// Synchronous questions that were answered.
    public let sync: Int
    /// Tasks that were completed.
    public let async: Int
    /// Credits charged for both.
    public let credits: Int
  }

  /// How often requests were refused with one code.
  public struct Refusal: Sendable, Hashable {
    /// The error's code in the contract, e.g. `RATE_LIMIT_EXCEEDED`.
    public let code: String
    /// How often.
    public let count: Int
  }

  /// The most of what there was at a time, in any organization.
  public struct Peak: Sendable, Hashable {
    /// Slots that were taken.
    public let concurrency: Int
    /// Tasks that waited.
    public let queued: Int
  }

  /// How the reports of tasks went.
  public struct Webhooks: Sendable, Hashable {
    /// Those that a receiver has taken.
    public let delivered: Int
    /// Those given up.
    public let failed: Int
    /// The attempts to deliver all of them.
    public let attempts: Int
  }

  /// What the client did that it shouldn't.
  public struct Finding: Sendable, Hashable {
    /// Which rule of good use it breaks.
    public let id: FindingID
    /// How grave it is.
    public let severity: FindingID.Severity
    /// What has happened, and what to do instead.
    public let text: String
    /// How often.
    public let count: Int
    /// The requests that show it the first time, in their order.
    public let requestIDs: [String]
    /// When the last of them came, on the double's clock.
    public let at: String
    /// The organization's name; nil for requests without a valid key.
    public let organization: String?
  }

  /// Whether more credits were taken than should have been.
  public struct Budget: Sendable, Hashable {
    /// nil when there is none.
    public let limit: Int?
    /// The credits taken.
    public let spent: Int
    /// Whether more than the limit was taken; false when there is none.
    public let exceeded: Bool
  }

  /// Credits charged in all.
  public let credits: Int
  /// The price of the credits by the plans' own; nil when a plan says none.
  public let usd: Double?
  /// How many requests came, the refused ones too.
  public let requests: Int
  /// What was asked, by label.
  public let byLabel: [Label]
  /// What was answered, by provider.
  public let byProvider: [Share]
  /// How often requests were refused, by code.
  public let refusals: [Refusal]
  /// The most slots and the longest queue.
  public let peak: Peak
  /// How the reports of tasks went.
  public let webhooks: Webhooks
  /// What the client did that it shouldn't.
  public let findings: [Finding]
  /// The faults and stubs that never struck, as the control API lists them.
  public let unused: [JSON]
  /// Whether the budget was kept.
  public let budget: Budget

  /// How many requests were refused.
  public var refused: Int { refusals.reduce(0) { $0 + $1.count } }
}

// MARK: JSON

extension RunReport {
  /// The report as `GET /_mock/report` answers it.
  public var json: JSON {
    [
      "credits": JSON(credits),
      "usd": usd.map { .decimal($0) } ?? .null,
      "requests": JSON(requests),
      "byLabel": .array(
        byLabel.map {
          [
            "label": JSON($0.label), "credits": JSON($0.credits), "requests": JSON($0.requests),
            "refusals": JSON($0.refusals),
          ]
        }),
      "byProvider": .array(
        byProvider.map {
          [
            "provider": .string($0.provider.rawValue), "sync": JSON($0.sync),
            "async": JSON($0.async), "credits": JSON($0.credits),
          ]
        }),
      "refusals": .array(
        refusals.map { ["code": .string($0.code), "count": JSON($0.count)] }),
      "peak": ["concurrency": JSON(peak.concurrency), "queued": JSON(peak.queued)],
      "webhooks": [
        "delivered": JSON(webhooks.delivered), "failed": JSON(webhooks.failed),
        "attempts": JSON(webhooks.attempts),
      ],
      "findings": .array(findings.map(\.json)),
      "unused": .array(unused),
      "budget": [
        "limit": budget.limit.map { JSON($0) } ?? .null, "spent": JSON(budget.spent),
        "exceeded": .bool(budget.exceeded),
      ],
    ]
  }
}

extension RunReport.Finding {
  fileprivate var json: JSON {
    [
      "id": .string(id.rawValue), "severity": .string(severity.rawValue), "text": .string(text),
      "count": JSON(count),
      "example": [
        "requestIds": .array(requestIDs.map(JSON.string)), "at": .string(at),
        "organization": JSON(organization),
      ],
    ]
  }

  /// `retry-without-backoff, 5 times: …`
  fileprivate var line: String {
    "\(id.rawValue), \(count == 1 ? "once" : "\(count) times"): \(text)"
  }
}

// MARK: For people

extension RunReport {
  /// The forms in which a report is written.
  public enum Format: String, Sendable, CaseIterable {
    /// What the control API answers.
    case json
    /// For people.
    case markdown
    /// JUnit's XML, in which a warning is a failed case.
    case junit

    /// The form that a file's name asks for: `.json`, `.md` or `.xml`.
    public init?(fileName: String) {
      if fileName.hasSuffix(".json") {
        self = .json
      } else if fileName.hasSuffix(".md") {
        self = .markdown
      } else if fileName.hasSuffix(".xml") {
        self = .junit
      } else {
        return nil
      }
    }

    /// The media type.
    var contentType: String {
      switch self {
      case .json: "application/json"
      case .markdown: "text/markdown; charset=utf-8"
      case .junit: "application/xml"
      }
    }
  }

  /// The report as a text in a form.
  public func text(_ format: Format) -> String {
    switch format {
    case .json: String(decoding: json.encoded, as: UTF8.self) + "\n"
    case .markdown: markdown
    case .junit: junit
    }
  }

  /// A few lines for a log: what it took, whether that was too much, and what was found.
  public var summary: [String] {
    let noun = requests == 1 ? "request" : "requests"
    var line = "\(credits) credits, \(requests) \(noun), \(refused) of them refused"
    if let limit = budget.limit {
      line +=
        credits > limit
        ? "; over the budget of \(limit) by \(credits - limit)" : "; budget \(limit)"
    }
    return [line] + findings.map { "\($0.severity.rawValue): \($0.line)" }
  }

  private var price: String { usd.map { "US$ \(Self.written($0))" } ?? "no price known" }

  private static func written(_ number: Double) -> String {
    String(decoding: JSON.decimal(number).encoded, as: UTF8.self)
  }

  private var markdown: String {
    var text = "## cloro-mock\n\n"
    text += "**\(credits) credits** (\(price)), \(requests) requests, \(refused) refused"
    if let limit = budget.limit {
      text += budget.exceeded ? ". **Over the budget of \(limit)**" : ". Budget \(limit)"
    }
    text += ".\n"
    func table(_ head: [String], _ rows: [[String]]) {
      guard !rows.isEmpty else { return }
      text += "\n| \(head.joined(separator: " | ")) |\n"
      text += "|\(head.map { _ in "---" }.joined(separator: "|"))|\n"
      for row in rows { text += "| \(row.map(Self.cell).joined(separator: " | ")) |\n" }
    }
    table(
      ["provider", "sync", "async", "credits"],
      byProvider.map { [$0.provider.rawValue, "\($0.sync)", "\($0.async)", "\($0.credits)"] })
    if byLabel.contains(where: { $0.label != nil }) {
      table(
        ["label", "requests", "refusals", "credits"],
        byLabel.map { [$0.label ?? "(none)", "\($0.requests)", "\($0.refusals)", "\($0.credits)"] })
    }
    table(["refused with", "times"], refusals.map { [$0.code, "\($0.count)"] })
    table(
      ["finding", "severity", "times", "what", "requests"],
      findings.map {
        [
          $0.id.rawValue, $0.severity.rawValue, "\($0.count)", $0.text,
          $0.requestIDs.joined(separator: ", "),
        ]
      })
    text += "\nAt most \(peak.concurrency) slots were taken and \(peak.queued) tasks waited."
    if webhooks.attempts > 0 {
      text += " \(webhooks.delivered) webhooks were delivered and \(webhooks.failed) given up, "
      text += "in \(webhooks.attempts) attempts."
    }
    text += "\n"
    if !unused.isEmpty {
      let ids = unused.compactMap { $0["id"]?.string }.map(Self.cell)
      text += "\nNever used: \(ids.joined(separator: ", ")).\n"
    }
    return text
  }

  /// A text that stays within its cell and means nothing in Markdown or HTML.
  private static func cell(_ text: String) -> String {
    var safe = ""
    for character in text.unicodeScalars {
      switch character {
      case "|", "\\", "`", "*", "_", "[", "]": safe += "\\\(character)"
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "&": safe += "&amp;"
      default:
        safe += character.properties.generalCategory == .control ? " " : String(character)
      }
    }
    return safe
  }

  /// One case for each finding that there may be, which fails from ``FindingID/Severity/warning``
  /// on, and one for the budget.
  private var junit: String {
    let failing = findings.filter { $0.severity >= .warning }
    let failures = failing.count + (budget.exceeded ? 1 : 0)
    let count = FindingID.allCases.count + 1
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites>\n<testsuite name=\"cloro-mock\" tests=\"\(count)\" "
    text += "failures=\"\(failures)\" errors=\"0\" skipped=\"0\">\n<properties>\n"
    let properties = [
      ("credits", "\(credits)"), ("usd", usd.map(Self.written) ?? ""),
      ("requests", "\(requests)"), ("refusals", "\(refused)"),
      ("peak.concurrency", "\(peak.concurrency)"), ("peak.queued", "\(peak.queued)"),
    ]
    for (name, value) in properties {
      text += "<property name=\"\(name)\" value=\"\(Self.attribute(value))\"/>\n"
    }
    text += "</properties>\n"
    for id in FindingID.allCases {
      let finding = findings.first { $0.id == id }
      text += Self.testCase(
        id.rawValue,
        failure: finding.flatMap { $0.severity >= .warning ? $0 : nil }.map {
          ("\($0.line)", $0.requestIDs.joined(separator: ", "))
        },
        output: finding.flatMap { $0.severity < .warning ? $0.line : nil })
    }
    let limit = budget.limit ?? 0
    text += Self.testCase(
      "budget",
      failure: budget.exceeded
        ? ("\(credits) credits are more than the budget of \(limit)", "") : nil, output: nil)
    return text + "</testsuite>\n</testsuites>\n"
  }

  private static func testCase(
    _ name: String, failure: (message: String, text: String)?, output: String?
  ) -> String {
    let head = "<testcase classname=\"cloro-mock\" name=\"\(name)\""
    if let failure {
      return """
        \(head)><failure message="\(attribute(failure.message))">\(attribute(failure.text))\
        </failure></testcase>

        """
    }
    guard let output else { return "\(head)/>\n" }
    return "\(head)><system-out>\(attribute(output))</system-out></testcase>\n"
  }

  /// A text as an attribute's value, or as an element's.
  private static func attribute(_ text: String) -> String {
    var safe = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": safe += "&amp;"
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "\"": safe += "&quot;"
      default:
        safe += character.properties.generalCategory == .control ? " " : String(character)
      }
    }
    return safe
  }
}
