import JSON

/// A redirect link of Google's to be resolved (2026-10, section 6).
public struct GotoRequest: Sendable, Hashable {
  /// The link as it was sent.
  public let url: String

  /// The link's target; nil when the link doesn't contain it.
  public var target: String? { GoogleLink.target(of: url) }

  /// The result of checking a body.
  public enum Validated: Sendable {
    case valid(GotoRequest)
    case invalid([FieldIssue])
  }

  /// Checks the body of `POST /v1/monitor/google/goto`.
  ///
  /// - Parameters:
  ///   - unknownMembers: What becomes of members that it doesn't have. The default is `ignore`.
  ///   - ignored: Collects those that are ignored.
  public static func validate(
    _ body: JSON, in revision: ContractRevision, unknownMembers: UnknownMembers = .ignore,
    ignored: inout IgnoredMembers
  ) -> Validated {
    let texts = ValidationTexts(revision: revision)
    guard let object = body.object else { return .invalid([FieldIssue("", texts.notAnObject)]) }
    var issues: [FieldIssue] = []
    switch object["url"] {
    case nil: issues.append(FieldIssue("url", texts.missing("string")))
    case .string(let text)? where GoogleLink.isRedirect(text): break
    case .string?: issues.append(FieldIssue("url", texts.badRedirect))
    case let value?: issues.append(FieldIssue("url", texts.wrongType("string", value)))
    }
    for member in object.members where !issues.isFull && member.name != "url" {
      switch unknownMembers {
      case .ignore: ignored.note(member.name)
      case .refuse: issues.append(FieldIssue(member.name, texts.unknown(member.name)))
      }
    }
    guard issues.isEmpty, let url = object["url"]?.string else { return .invalid(issues) }
    return .valid(GotoRequest(url: url))
  }
}
