/// The revisions of the Model Context Protocol that are spoken, oldest first.
enum AgentRevision: String, Sendable, CaseIterable {
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"

  /// What is offered to an agent that asks for another one.
  static let newest = AgentRevision.november2025

  static var names: [String] { allCases.map(\.rawValue) }

  /// Whether wrong arguments of a tool are a result with `isError`, which a model gets to read,
  /// rather than an error of the protocol, which it doesn't. (2025-11-25, server/tools)
  var tellsModelOfWrongArguments: Bool { self == .november2025 }

  /// Whether a stream begins with an event that has a number and no data, so that it can be resumed
  /// before anything has come. Clients before took it for a message. (2025-11-25, basic/transports)
  var numbersBeginnings: Bool { self == .november2025 }
}
