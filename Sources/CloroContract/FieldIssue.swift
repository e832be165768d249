import JSON

/// One failing field of a request.
public struct FieldIssue: Sendable, Hashable {
  /// The member's path, e.g. `include.html`; empty for the body itself.
  public var field: String
  public var message: String

  public init(_ field: String, _ message: String) {
    self.field = field
    self.message = message
  }

  var json: JSON { ["field": .string(field), "message": .string(message)] }

  /// The most issues that a refusal lists. The contract wants all of them, and this is more than a
  /// person reads. But a body of 32 MiB may contain millions, and each takes more memory than it
  /// took in the body. [chosen]
  public static let most = 1000
}

extension [FieldIssue] {
  /// Whether no further issue is noted.
  var isFull: Bool { count >= FieldIssue.most }
}

extension FieldIssue {
  /// What is wrong with the `model` parameter of `GET /v1/countries`, or nil.
  public static func model(_ value: String?, in revision: ContractRevision) -> FieldIssue? {
    guard let value, Country.listed(for: value, in: revision) == nil else { return nil }
    let models = Country.models(in: revision)
    return FieldIssue("model", ValidationTexts(revision: revision).notOneOf(models, value))
  }

  /// What is wrong with the `country` parameter of `GET /v1/states`, or nil.
  public static func stateCountry(_ value: String?, in revision: ContractRevision) -> FieldIssue? {
    let texts = ValidationTexts(revision: revision)
    guard let value else { return FieldIssue("country", texts.missing("string")) }
    let isCode = value.utf8.count == 2 && value.utf8.allSatisfy { 0x41...0x5A ~= $0 }
    return isCode ? nil : FieldIssue("country", texts.badStateCountry)
  }
}
