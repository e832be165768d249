import JSON

/// The manual's article on the control API, made of the description that the binary carries anyway.
///
/// `ControlAPIReference.md` says the same in tables, for people: `Tests/reference` makes it of the
/// same description.
struct ControlReference {
  /// The article's name among the others.
  static let name = "ControlAPIReference"

  private static let head = """
    # Control API reference

    Every call of `/_mock/*` over HTTP, with its parameters, members and values.

    Bodies are JSON. Every call takes `?key=`, even where it changes nothing; an unknown key is \
    refused. A refusal is `{"error": {"code", "message", "details"}}`.

    """

  private let schemas: JSON
  /// The schemas that were named so far, in that order.
  private var named: [String] = []
  private var lines: [String] = []

  /// The article as Markdown.
  static let text: String = {
    guard let description = try? JSON(parsing: EmbeddedFiles.file("openapi")) else {
      preconditionFailure("The description is no JSON.")
    }
    return text(of: description)
  }()

  /// - Parameter description: An OpenAPI document.
  static func text(of description: JSON) -> String {
    var reference = ControlReference(schemas: description["components"]?["schemas"] ?? [:])
    for path in description["paths"]?.object?.members ?? [] where path.name.hasPrefix("/_mock/") {
      for method in path.value.object?.members ?? [] {
        reference.write(method.value, "\(method.name.uppercased()) \(path.name)")
      }
    }
    reference.lines += ["", "## Objects and values"]
    // Those may name others, which come after them.
    var place = 0
    while place < reference.named.count {
      let name = reference.named[place]
      if let schema = reference.schemas[name] { reference.write(schema, named: name) }
      place += 1
    }
    return head + reference.lines.joined(separator: "\n") + "\n"
  }

  private init(schemas: JSON) { self.schemas = schemas }

  // MARK: Sections

  private mutating func write(_ call: JSON, _ title: String) {
    let about = [call["summary"]?.string, call["description"]?.string].compactMap { $0 }
    lines += ["", "### \(title)", about.map(Self.sentence).joined(separator: " ")]
    for parameter in call["parameters"]?.array ?? [] {
      guard let name = parameter["name"]?.string, let schema = parameter["schema"] else { continue }
      let place = parameter["in"]?.string ?? ""
      lines.append(item("`\(name)` (\(place))", value(schema), parameter))
    }
    if let content = call["requestBody"]?["content"]?["application/json"] {
      write(body: content["schema"] ?? [:], "body")
    }
    for answer in call["responses"]?.object?.members ?? [] where answer.name.hasPrefix("2") {
      if let schema = answer.value["content"]?["application/json"]?["schema"] {
        write(body: schema, answer.name)
      } else {
        let kinds = answer.value["content"]?.object?.members.map(\.name) ?? []
        lines.append("- \(([answer.name] + kinds).joined(separator: " "))")
      }
    }
  }

  private mutating func write(body schema: JSON, _ what: String) {
    lines.append("- \(what): \(Self.hasMembers(schema) ? "object" : value(schema))")
    write(membersOf: schema, "  ")
  }

  private mutating func write(_ schema: JSON, named name: String) {
    lines += ["", "### \(name)"]
    if let about = schema["description"]?.string { lines.append(Self.sentence(about)) }
    if !Self.hasMembers(schema) { lines.append("- \(value(schema))") }
    write(membersOf: schema, "")
  }

  private static func alternatives(_ schema: JSON) -> [JSON] { schema["oneOf"]?.array ?? [] }

  /// Whether a schema names members, all the same or different ones for each kind of object.
  private static func hasMembers(_ schema: JSON) -> Bool {
    !members(schema).isEmpty || alternatives(schema).contains { !members($0).isEmpty }
  }

  /// Those that an object may have.
  private static func members(_ schema: JSON) -> [JSONObject.Member] {
    (schema["properties"]?.object?.members ?? []).filter { $0.value.bool != false }
  }

  /// Writes the members of an object, and below each one those of objects that have no name.
  private mutating func write(membersOf schema: JSON, _ indentation: String) {
    let required = schema["required"]?.array?.compactMap(\.string) ?? []
    for member in Self.members(schema) {
      // Of a member that one revision alone has the name ends with that.
      let parts = member.name.split(separator: "?")
      let revision = parts.count > 1 ? ", in \(parts[1]) alone" : ""
      let isRequired = required.contains(String(parts[0]))
      let shown = value(member.value) + (isRequired ? ", required" : "") + revision
      lines.append(indentation + item("`\(parts[0])`", shown, member.value))
      write(membersOf: member.value["items"] ?? member.value, indentation + "  ")
    }
    for alternative in Self.alternatives(schema) {
      if !Self.members(alternative).isEmpty {
        lines.append(indentation + item("form", "object", alternative))
        write(membersOf: alternative, indentation + "  ")
      } else if Self.hasMembers(schema), Self.members(schema).isEmpty {
        lines.append(indentation + item("form", value(alternative), alternative))
      }
    }
  }

  private func item(_ name: String, _ value: String, _ described: JSON) -> String {
    let about = described["description"]?.string.map { ". " + $0 } ?? ""
    return "- \(name): \(value)\(about)"
  }

  // MARK: Values

  /// What a value may be, in words.
  private mutating func value(_ schema: JSON) -> String {
    if let name = schema["$ref"]?.string?.split(separator: "/").last.map(String.init) {
      if !named.contains(name) { named.append(name) }
      return "`\(name)`"
    }
    if let constant = schema["const"] { return Self.code(constant) }
    let usual = schema["default"].map { ", \(Self.code($0)) by default" } ?? ""
    if let cases = schema["enum"]?.array {
      return cases.map(Self.code).joined(separator: " | ") + usual
    }
    for word in ["oneOf", "anyOf"] where schema["properties"] == nil {
      guard let options = schema[word]?.array else { continue }
      return options.map { value(Self.option($0, of: schema)) }.joined(separator: " or ") + usual
    }
    return kind(schema) + usual
  }

  /// One of a value's alternatives; the type that they have in common may stand above them.
  private static func option(_ option: JSON, of schema: JSON) -> JSON {
    guard var members = option.object, members["type"] == nil, let type = schema["type"] else {
      return option
    }
    members.append("type", type)
    return .object(members)
  }

  private mutating func kind(_ schema: JSON) -> String {
    let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? "any"]
    let bounds = [("minimum", "≥"), ("maximum", "≤")].compactMap { name, sign in
      schema[name].map { " \(sign) " + String(decoding: $0.encoded, as: UTF8.self) }
    }.joined()
    return types.map { type in
      type == "array" ? "array of \(schema["items"].map { value($0) } ?? "any")" : type
    }.joined(separator: " or ") + bounds
  }

  private static func code(_ value: JSON) -> String {
    "`" + String(decoding: value.encoded, as: UTF8.self) + "`"
  }

  private static func sentence(_ text: String) -> String {
    text.hasSuffix(".") || text.hasSuffix("?") || text.hasSuffix("!") ? text : text + "."
  }
}
