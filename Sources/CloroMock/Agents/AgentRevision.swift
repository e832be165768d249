/// The revisions of the Model Context Protocol that are spoken, oldest first.
enum AgentRevision: String, Sendable, CaseIterable {
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"
  case july2026 = "2026-07-28"

  /// What is offered to an agent that begins a session and asks for another revision.
  static let newestWithSessions = AgentRevision.november2025

  /// The names of all revisions, newest first.
  static var names: [String] { allCases.reversed().map(\.rawValue) }

  /// The names of those that begin with `initialize`, newest first.
  static var namesWithSessions: [String] {
    allCases.reversed().filter(\.hasSessions).map(\.rawValue)
  }

  /// Whether `initialize` begins a session, to which all other requests belong. Without one each
  /// request says by itself which revision it speaks. (2026-07-28, basic/versioning)
  var hasSessions: Bool { self != .july2026 }

  /// Whether wrong arguments of a tool are a result with `isError`, which a model gets to read,
  /// rather than an error of the protocol, which it doesn't. (2025-11-25, server/tools)
  var tellsModelOfWrongArguments: Bool { self != .june2025 }

  /// Whether a stream begins with an event that has a number and no data, so that it can be resumed
  /// before anything has come. Clients before took it for a message, and those after resume
  /// nothing. (2025-11-25, basic/transports)
  var numbersBeginnings: Bool { self == .november2025 }

  /// The methods of its requests that the double answers.
  var methods: [String] {
    let own =
      hasSessions ? ["initialize", "ping"] : ["server/discover", AgentSubscriptions.method]
    let lists = ["tools/list", "resources/list", "resources/templates/list"]
    return own + lists + ["tools/call", "resources/read"]
  }

  /// - Throws: ``AgentError`` −32601 for a method that there isn't.
  func refuseUnknown(_ method: String) throws(AgentError) {
    guard !methods.contains(where: { $0.hasSameBytes(as: method) }) else { return }
    throw .unknown(.method, "method", method, methods)
  }
}
