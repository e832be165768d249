import JSON

@testable import CloroContract

extension MonitorRequest {
  /// A request with an arbitrary question.
  static func make(
    _ provider: Provider = .chatgpt, question: String = "best CRM", country: String = "US",
    state: String? = nil, pages: Int = 1, include: Include = []
  ) -> MonitorRequest {
    MonitorRequest(
      provider: provider, question: question, country: country, state: state, pages: pages,
      include: include)
  }

  /// Validates a body's text.
  static func validate(
    _ text: String, _ provider: Provider = .chatgpt, _ revision: ContractRevision = .july2026,
    prefix: String = "", unknownMembers: UnknownMembers = .ignore
  ) throws -> Validated {
    try validate(
      JSON(parsing: Array(text.utf8)), for: provider, in: revision, prefix: prefix,
      unknownMembers)
  }

  /// Validates a body without looking at what is ignored.
  static func validate(
    _ body: JSON, for provider: Provider, in revision: ContractRevision, prefix: String = "",
    _ unknownMembers: UnknownMembers = .ignore
  ) -> Validated {
    var ignored = IgnoredMembers()
    return validate(
      body, for: provider, in: revision, prefix: prefix, unknownMembers: unknownMembers,
      ignored: &ignored)
  }

  /// The issues of a body as `field: message`; empty when it is valid.
  static func issues(
    _ text: String, _ provider: Provider = .chatgpt, _ revision: ContractRevision = .july2026,
    prefix: String = "", unknownMembers: UnknownMembers = .ignore
  ) throws -> [String] {
    let validated = try validate(
      text, provider, revision, prefix: prefix, unknownMembers: unknownMembers)
    return switch validated {
    case .valid: []
    case .invalid(let issues): issues.map { "\($0.field): \($0.message)" }
    }
  }

  /// The request of a valid body, or nil.
  static func valid(
    _ text: String, _ provider: Provider = .chatgpt, _ revision: ContractRevision = .july2026
  ) throws -> MonitorRequest? {
    guard case .valid(let request) = try validate(text, provider, revision) else { return nil }
    return request
  }
}

extension AsyncTaskRequest {
  /// Validates a task without looking at what is ignored.
  static func validate(
    _ body: JSON, in revision: ContractRevision, _ unknownMembers: UnknownMembers = .ignore
  ) -> Validated {
    var ignored = IgnoredMembers()
    return validate(body, in: revision, unknownMembers: unknownMembers, ignored: &ignored)
  }
}

extension Provider {
  /// The name of the member that holds the question.
  var questionName: String { [.google, .googleNews].contains(self) ? "query" : "prompt" }

  /// A minimal valid body with further members.
  func body(_ more: String = "") -> String {
    #"{"\#(questionName)":"best CRM","country":"US"\#(more.isEmpty ? "" : ",")\#(more)}"#
  }

  /// Every provider in every revision.
  static let inRevisions: [(Provider, ContractRevision)] = allCases.flatMap { provider in
    ContractRevision.allCases.map { (provider, $0) }
  }
}
