import Bytes
import CloroContract
import HTTPServer
import JSON

/// Performs control calls for tools, by the routes that serve them over HTTP: a tool's arguments
/// are read, and its result is written, by the code that does it for everybody.
struct AgentCalls: Sendable {
  let operations: ControlOperations
  let schemas: AgentSchemas
  /// The routes by method and path, as the description writes them.
  private let routes: [String: ControlRoute]

  init(_ operations: ControlOperations, _ schemas: AgentSchemas) {
    self.operations = operations
    self.schemas = schemas
    routes = Dictionary(
      ControlAPI.routes.map { route in
        ("\(route.method.rawValue) /_mock/\(route.path.joined(separator: "/"))", route)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Performs a call.
  ///
  /// - Parameters:
  ///   - id: Its `operationId`.
  ///   - arguments: Its parameters, and the members of its body.
  /// - Throws: What the call refuses; 400 for arguments that it doesn't take.
  func perform(_ id: String, _ arguments: JSONObject) async throws(ControlError) -> JSON {
    let operation = schemas.operation(id)
    guard let route = routes["\(operation.method) \(operation.path)"] else {
      preconditionFailure("\(id) has no route.")
    }
    let call = try call(operation, route, arguments)
    if !route.isOpen { try call.refuseUnknown(for: route) }
    let answer = try await answer(route, call)
    do throws(JSONError) {
      return try JSON(parsing: answer.response.body)
    } catch {
      preconditionFailure("\(id) has answered no JSON.")
    }
  }

  private func answer(
    _ route: ControlRoute, _ call: ControlCall
  ) async throws(ControlError) -> ControlAnswer {
    switch route.action {
    case .immediate(let action):
      let result: Result<ControlAnswer, ControlError> = await withCheckedContinuation {
        continuation in
        operations.inTurn { () throws(ControlError) in
          try action(call)
        } done: { result in
          continuation.resume(returning: result)
        }
      }
      operations.answered()
      return try result.get()
    case .waiting(let action): return try await action(call)
    case .streaming, .direct: preconditionFailure("A tool's call answers as a whole.")
    }
  }

  /// The call as it comes over HTTP.
  private func call(
    _ operation: AgentSchemas.Operation, _ route: ControlRoute, _ arguments: JSONObject
  ) throws(ControlError) -> ControlCall {
    let inPath = operation.parameters(in: "path")
    let inQuery = operation.parameters(in: "query").filter { !AgentSchemas.omitted.contains($0) }
    let problems = JSONProblems()
    var (query, body) = ([String](), JSONObject())
    var texts: [String: String] = [:]
    for member in arguments.members {
      if inPath.contains(member.name) || inQuery.contains(member.name) {
        guard let text = text(member.value, operation.schema(of: member.name)) else {
          problems.add(member.name, expected(member, operation))
          continue
        }
        texts[member.name] = text
        if inQuery.contains(member.name) {
          query.append("\(member.name)=\(PercentEncoding.text(of: text))")
        }
      } else if route.readsBody {
        body.append(member.name, member.value)
      } else {
        problems.add(
          ShownText.value(member.name),
          "unknown argument\(ObjectReader.alternatives(to: member.name, in: inPath + inQuery))")
      }
    }
    for name in inPath where texts[name] == nil && arguments[name] == nil {
      problems.add(name, "is missing")
    }
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
    return ControlCall(
      operations,
      HTTPRequest(
        method: route.method, path: operation.path,
        query: query.isEmpty ? nil : query.joined(separator: "&"),
        body: route.readsBody ? JSON.object(body).encoded : []),
      scheme: "http", parameters: inPath.compactMap { texts[$0] })
  }

  /// An argument as a query or a path writes it; nil when it has another type.
  private func text(_ value: JSON, _ schema: JSON?) -> String? {
    switch (value, schema?["type"]?.string) {
    case (.integer(let number), "integer"): number < 0 ? nil : String(number)
    case (.string, "integer"): nil
    case (.string(let text), _): text
    default: nil
    }
  }

  private func expected(
    _ member: JSONObject.Member, _ operation: AgentSchemas.Operation
  ) -> String {
    let isNumber = operation.schema(of: member.name)?["type"]?.string == "integer"
    return "expected \(isNumber ? "a whole number of at least 0" : "a string"), found "
      + ShownText.value(String(decoding: member.value.encoded, as: UTF8.self))
  }
}
