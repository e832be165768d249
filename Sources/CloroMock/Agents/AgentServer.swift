import JSON

/// Answers agents' requests: what each method means, without the transport.
struct AgentServer: Sendable {
  private let tools: AgentTools
  private let resources: AgentResources
  private let url: @Sendable () -> String
  private let version: String

  private static let methods = [
    "initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read",
    "resources/templates/list",
  ]

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

  /// The revision that is spoken with an agent that asks for one: that one, or else the newest.
  ///
  /// - Throws: ``AgentError`` −32602 when it asks for none.
  func revision(_ params: JSONObject) throws(AgentError) -> AgentRevision {
    guard let asked = params["protocolVersion"] else {
      throw AgentError(.params, "protocolVersion: is missing")
    }
    guard let name = asked.string else {
      throw AgentError(.params, "protocolVersion: expected a string, found \(asked.typeName)")
    }
    return AgentRevision(rawValue: name) ?? .newest
  }

  /// The answer to `initialize`.
  func introduction(_ revision: AgentRevision) -> JSON {
    [
      "protocolVersion": .string(revision.rawValue),
      "capabilities": ["tools": [:], "resources": [:]],
      "serverInfo": [
        "name": "cloro-mock", "title": "cloro-mock, a double of cloro's API",
        "version": .string(version),
      ],
      "instructions": .string(AgentTexts.instructions(url: url())),
    ]
  }

  // MARK: Requests

  /// Whether a request may take long, and has progress.
  func waits(_ method: String, _ params: JSONObject) -> Bool {
    guard method == "tools/call", let name = params["name"]?.string else { return false }
    return AgentTool.all.contains { $0.name == name && $0.waits }
  }

  /// Answers a request.
  func answer(
    _ method: String, _ params: JSONObject, _ revision: AgentRevision, _ progress: AgentProgress?
  ) async throws(AgentError) -> JSON {
    switch method {
    case "ping": return [:]
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
    case "initialize": throw .invalid("This session is initialized already.")
    default: throw .unknown(.method, "method", method, Self.methods)
    }
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
