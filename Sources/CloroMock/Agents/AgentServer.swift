import JSON
import Synchronization

/// Answers agents' requests: what each method means, without the transport.
struct AgentServer: Sendable {
  private let tools: AgentTools
  private let resources: AgentResources
  private let url: @Sendable () -> String
  private let version: String

  init(_ operations: ControlOperations) {
    let description = operations.description
    guard let document = try? JSON(parsing: description.openapi(of: nil, nil)) else {
      preconditionFailure("The description is no JSON.")
    }
    let schemas = AgentSchemas(document)
    tools = AgentTools(operations, schemas)
    resources = AgentResources(description)
    url = { description.address.url }
    version = schemas.version
  }

  // MARK: Beginnings

  /// The revision of a session for an agent that asks for one: that one, or else the newest with
  /// sessions.
  ///
  /// - Throws: ``AgentError`` −32602 when it asks for none.
  func revision(_ params: JSONObject) throws(AgentError) -> AgentRevision {
    guard let asked = params["protocolVersion"] else {
      throw AgentError(.params, "protocolVersion: is missing")
    }
    guard let name = asked.string else {
      throw AgentError(.params, "protocolVersion: expected a string, found \(asked.typeName)")
    }
    guard let revision = AgentRevision(rawValue: name), revision.hasSessions else {
      return .newestWithSessions
    }
    return revision
  }

  /// The answer to `initialize`.
  func introduction(_ revision: AgentRevision) -> JSON {
    [
      "protocolVersion": .string(revision.rawValue), "capabilities": Self.capabilities,
      "serverInfo": identity, "instructions": .string(AgentTexts.instructions(url: url())),
    ]
  }

  /// The answer to `server/discover`.
  private var discovery: JSON {
    [
      "supportedVersions": .array(AgentRevision.names.map(JSON.string)),
      "capabilities": Self.capabilities,
      "instructions": .string(AgentTexts.instructions(url: url())),
    ]
  }

  /// Neither tools nor resources change while a double runs, so no notifications are announced.
  private static let capabilities: JSON = ["tools": [:], "resources": [:]]

  private var identity: JSON {
    [
      "name": "cloro-mock", "title": "cloro-mock, a double of cloro's API",
      "version": .string(version),
    ]
  }

  // MARK: Requests

  /// Whether a request may take long, and has progress.
  func waits(_ method: String, _ params: JSONObject) -> Bool {
    guard method == "tools/call", let name = params["name"]?.string,
      params["arguments"].map({ $0.object != nil }) ?? true
    else { return false }
    return AgentTool.all.contains { $0.name == name && $0.waits }
  }

  /// Answers a request.
  func answer(
    _ method: String, _ params: JSONObject, _ revision: AgentRevision, _ progress: AgentProgress?
  ) async throws(AgentError) -> JSON {
    try revision.refuseUnknown(method)
    let result = try await result(method, params, revision, progress)
    return revision.hasSessions ? result : stamped(result, of: method)
  }

  private func result(
    _ method: String, _ params: JSONObject, _ revision: AgentRevision, _ progress: AgentProgress?
  ) async throws(AgentError) -> JSON {
    switch method {
    case "ping": return [:]
    case "server/discover": return discovery
    case "tools/list":
      try refuseCursor(params)
      return ["tools": tools.list]
    case "tools/call": return try await call(params, revision, progress)
    case "resources/list":
      try refuseCursor(params)
      return ["resources": resources.list]
    case "resources/templates/list":
      try refuseCursor(params)
      return ["resourceTemplates": resources.templates]
    case "resources/read":
      guard let uri = params["uri"]?.string else {
        throw AgentError(.params, "uri: expected the address of a resource")
      }
      return ["contents": try resources.read(uri)]
    default: throw .invalid("This session is initialized already.")
    }
  }

  /// How long a client may keep what doesn't depend on the run, in milliseconds: another double may
  /// answer at the same address later.
  private static let freshness: Int64 = 60_000

  /// A result as revision 2026-07-28 wants it: with its kind and its sender, and with how long it
  /// may be kept unless it is a tool's. It is kept for oneself alone, since a token may have been
  /// needed to get it. (basic/index, server/utilities/caching)
  private func stamped(_ result: JSON, of method: String) -> JSON {
    var stamped = result.object ?? [:]
    stamped.append("resultType", "complete")
    if method != "tools/call" {
      stamped.append("ttlMs", .integer(Self.freshness))
      stamped.append("cacheScope", "private")
    }
    stamped.append("_meta", ["io.modelcontextprotocol/serverInfo": identity])
    return .object(stamped)
  }

  /// Everything is on one page, so no cursor was handed out.
  private func refuseCursor(_ params: JSONObject) throws(AgentError) {
    guard params["cursor"] == nil else {
      throw AgentError(.params, "cursor: there is only one page")
    }
  }

  private func call(
    _ params: JSONObject, _ revision: AgentRevision, _ progress: AgentProgress?
  ) async throws(AgentError) -> JSON {
    guard let name = params["name"]?.string else {
      throw AgentError(.params, "name: expected the name of a tool")
    }
    guard let tool = AgentTool.all.first(where: { $0.name == name }) else {
      throw .unknown(.params, "tool", name, AgentTool.all.map(\.name))
    }
    guard let arguments = (params["arguments"] ?? [:]).object else {
      throw AgentError(
        .params, "arguments: expected an object, found \(params["arguments"]!.typeName)")
    }
    do throws(ControlError) {
      let outcome = try await tools.call(tool, arguments, progress)
      return result(outcome.text, outcome.structured, isError: false)
    } catch {
      if error.status == 400, !revision.tellsModelOfWrongArguments {
        throw AgentError(.params, error.message, data: error.details)
      }
      var refusal: JSONObject = [
        "code": .string(error.code), "message": .string(ShownText.message(error.message)),
      ]
      if let details = error.details { refusal.append("details", details) }
      let shown = ShownData.bounded(["error": .object(refusal)], masksKeys: true)
      return result(AgentTexts.text(of: error, calling: tool), shown, isError: true)
    }
  }

  /// A tool's result: a short text, the data as text for clients that show nothing else, and the
  /// data itself, unless it is a refusal, which the tool's schema doesn't describe.
  private func result(_ text: String, _ data: JSON, isError: Bool) -> JSON {
    var result: JSONObject = [
      "content": [
        ["type": "text", "text": .string(text)],
        ["type": "text", "text": .string(String(decoding: data.encoded, as: UTF8.self))],
      ]
    ]
    if !isError { result.append("structuredContent", data) }
    result.append("isError", .bool(isError))
    return .object(result)
  }
}

/// Makes the server when the first agent comes: it reads the whole description.
final class LazyAgentServer: Sendable {
  private let operations: ControlOperations
  private let made = Mutex<AgentServer?>(nil)

  init(_ operations: ControlOperations) { self.operations = operations }

  var value: AgentServer {
    made.withLock { made in
      if let made { return made }
      let server = AgentServer(operations)
      made = server
      return server
    }
  }
}
