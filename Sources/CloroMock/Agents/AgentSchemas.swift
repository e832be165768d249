import JSON

/// The double's own OpenAPI description, from which the tools take their schemas: what a control
/// call takes and answers is described once.
struct AgentSchemas: Sendable {
  /// A control call as it is described.
  struct Operation: Sendable {
    /// For example `/_mock/keys/{key}`.
    let path: String
    /// In capitals.
    let method: String
    fileprivate let json: JSON

    /// The names of its parameters, of the path or of the query.
    func parameters(in place: String) -> [String] {
      (json["parameters"]?.array ?? []).filter { $0["in"]?.string == place }
        .compactMap { $0["name"]?.string }
    }

    /// The schema of a parameter.
    func schema(of parameter: String) -> JSON? {
      json["parameters"]?.array?.first { $0["name"]?.string == parameter }?["schema"]
    }
  }

  /// What tools leave out of the calls' parameters: their results are structured in any case.
  static let omitted: Set = ["format"]
  /// The default and the largest page of a tool.
  static let (usualPage, largestPage): (Int64, Int64) = (20, 100)

  private let operations: [String: Operation]
  private let components: JSON
  /// The version of the description.
  let version: String

  /// - Parameter description: An OpenAPI document, in which every call has an `operationId`.
  init(_ description: JSON) {
    components = description["components"]?["schemas"] ?? [:]
    version = description["info"]?["version"]?.string ?? ""
    var operations: [String: Operation] = [:]
    for path in description["paths"]?.object?.members ?? [] {
      for method in path.value.object?.members ?? [] {
        guard let id = method.value["operationId"]?.string else { continue }
        operations[id] = Operation(
          path: path.name, method: method.name.uppercased(), json: method.value)
      }
    }
    self.operations = operations
  }

  /// A call by its `operationId`. Every name in the sources is described.
  func operation(_ id: String) -> Operation {
    guard let operation = operations[id] else { preconditionFailure("\(id) isn't described.") }
    return operation
  }

  // MARK: Input

  /// What a tool takes that stands for calls: their parameters and the members of their bodies.
  ///
  /// - Parameter own: Further properties, which come first, and are required.
  func input(of ids: [String], own: JSONObject = [:]) -> JSON {
    var properties = own
    var required = own.members.map(\.name)
    var conditions: [JSONObject.Member] = []
    for operation in ids.map(operation) {
      for parameter in operation.json["parameters"]?.array ?? [] {
        guard let name = parameter["name"]?.string, !Self.omitted.contains(name) else { continue }
        properties[name] = Self.property(parameter, name)
        if parameter["in"]?.string == "path", !required.contains(name) { required.append(name) }
      }
      let body = operation.json["requestBody"]?["content"]?["application/json"]?["schema"]
      for member in body.map(resolved)?.object?.members ?? [] {
        switch member.name {
        case "properties":
          for property in member.value.object?.members ?? [] {
            properties[property.name] = property.value
          }
        case "required": required += member.value.array?.compactMap(\.string) ?? []
        case "type", "description", "additionalProperties": break
        default: conditions.append(member)
        }
      }
    }
    var schema: JSONObject = ["type": "object", "properties": .object(properties)]
    if !required.isEmpty { schema.append("required", .array(required.map(JSON.string))) }
    schema.append("additionalProperties", false)
    Self.append(conditions, to: &schema)
    return withDefinitions(.object(schema))
  }

  private static let combinations: Set = ["oneOf", "anyOf", "allOf"]

  /// Appends conditions in a form that means the same: the models' services take no `oneOf`,
  /// `anyOf` or `allOf` at the top of a tool's schema.
  private static func append(_ conditions: [JSONObject.Member], to schema: inout JSONObject) {
    guard !conditions.isEmpty else { return }
    schema.append("if", true)
    schema.append("then", .object(JSONObject(conditions)))
  }

  /// A parameter as a property; pages are bounded.
  private static func property(_ parameter: JSON, _ name: String) -> JSON {
    var schema = parameter["schema"]?.object ?? [:]
    if let text = parameter["description"] { schema["description"] = text }
    if name == "limit" {
      schema["maximum"] = .integer(largestPage)
      schema["default"] = .integer(usualPage)
      schema["description"] = "At most so many: the first after `since`, else the last."
    }
    return .object(schema)
  }

  // MARK: Output

  /// The schema of a call's answer.
  func output(of id: String) -> JSON { withDefinitions(answer(of: id)) }

  /// A schema of parts of the description.
  func output(_ schema: JSON) -> JSON { withDefinitions(schema) }

  /// The schema of a call's answer, whose references lead into the description.
  func answer(of id: String) -> JSON {
    let responses = operation(id).json["responses"]?.object?.members ?? []
    let response = responses.first { $0.name.hasPrefix("2") }?.value
    let schema = response?["content"]?["application/json"]?["schema"] ?? [:]
    let members = resolved(schema).object?.members ?? []
    var object = JSONObject(members.filter { !Self.combinations.contains($0.name) })
    if object["type"] == nil { object["type"] = "object" }
    Self.append(members.filter { Self.combinations.contains($0.name) }, to: &object)
    return .object(object)
  }

  // MARK: References

  private static let place = "#/components/schemas/"

  private func resolved(_ schema: JSON) -> JSON {
    guard let reference = schema["$ref"]?.string, reference.hasPrefix(Self.place) else {
      return schema
    }
    return components[String(reference.dropFirst(Self.place.count))] ?? schema
  }

  /// The schema with all that it refers to.
  private func withDefinitions(_ schema: JSON) -> JSON {
    var names: [String] = []
    var object = Self.moved(schema, &names).object ?? [:]
    var definitions = JSONObject()
    var next = 0
    while next < names.count {
      let name = names[next]
      next += 1
      definitions.append(name, Self.moved(components[name] ?? [:], &names))
    }
    if !definitions.members.isEmpty { object.append("$defs", .object(definitions)) }
    return .object(object)
  }

  /// The schema with references to `$defs`; their names are noted.
  private static func moved(_ schema: JSON, _ names: inout [String]) -> JSON {
    switch schema {
    case .array(let elements):
      return .array(elements.map { moved($0, &names) })
    case .object(let object):
      return .object(
        JSONObject(
          object.members.map { member in
            guard member.name == "$ref", let reference = member.value.string,
              reference.hasPrefix(place)
            else { return .init(member.name, moved(member.value, &names)) }
            let name = String(reference.dropFirst(place.count))
            if !names.contains(name) { names.append(name) }
            return .init("$ref", .string("#/$defs/\(name)"))
          }))
    default: return schema
    }
  }
}
