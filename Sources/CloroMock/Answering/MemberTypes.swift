import CloroContract
import JSON

/// Which members answers have, and of which types: by paths like `sources[].url`, where `[]` stands
/// for every element of an array.
struct MemberTypes {
  /// Below these everything is the provider's own, and nothing is compared.
  private static let opaque: Set<String> = ["rawResponse"]

  /// The types of each path, as JavaScript names them. The whole is the path without a name.
  private var types: [String: Set<String>] = [:]
  /// The paths below which there may be anything.
  private var open: Set<String> = []

  /// What a revision's description says of a provider's results.
  init(of provider: Provider, in revision: ContractRevision) {
    let text = APIDescription.shared.document(of: revision, origin: "")
    guard let document = try? JSON(parsing: text) else { return }
    let content = document["paths"]?[provider.path]?["post"]?["responses"]?["200"]?["content"]
    let answer = content?["application/json"]?["schema"]?["properties"]
    if let schema = answer?["result"] {
      learn(schema: schema, at: "", document["components"]?["schemas"] ?? .null)
    }
  }

  private mutating func learn(schema: JSON, at path: String, _ named: JSON) {
    if let name = schema["$ref"]?.string?.split(separator: "/").last {
      if let schema = named[String(name)] { learn(schema: schema, at: path, named) }
      return
    }
    let own = schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string)
    guard let own else {
      open.insert(path)
      return
    }
    types[path, default: []].formUnion(own.map { $0 == "integer" ? "number" : $0 })
    guard !Self.opaque.contains(path) else { return }
    if own.contains("object") {
      for member in schema["properties"]?.object?.members ?? [] {
        learn(schema: member.value, at: Self.path(path, member.name), named)
      }
      // A description that doesn't close an object allows any further member.
      if schema["additionalProperties"] != .bool(false) { open.insert(path) }
    }
    if own.contains("array") {
      if let items = schema["items"] {
        learn(schema: items, at: path + "[]", named)
      } else {
        open.insert(path)
      }
    }
  }

  /// Adds what an answer shows.
  mutating func learn(_ answer: JSON) { learn(answer, at: "") }

  private mutating func learn(_ value: JSON, at path: String) {
    types[path, default: []].insert(value.typeName)
    guard !Self.opaque.contains(path) else { return }
    switch value {
    case .object(let object):
      for member in object.members { learn(member.value, at: Self.path(path, member.name)) }
    case .array(let elements): for element in elements { learn(element, at: path + "[]") }
    default: break
    }
  }

  /// Calls `unknown` with the path of each member that isn't known, and `retyped` with those that
  /// have another type, with the known types in order and the one found.
  func compare(
    _ answer: JSON, unknown: (String) -> Void, retyped: (String, [String], String) -> Void
  ) {
    compare(answer, at: "", unknown, retyped)
  }

  private func compare(
    _ value: JSON, at path: String, _ unknown: (String) -> Void,
    _ retyped: (String, [String], String) -> Void
  ) {
    guard let own = types[path] else {
      // Nobody has said what an element is; a member has a name that stands nowhere.
      if !path.hasSuffix("[]"), !open.contains(path) { unknown(path) }
      return
    }
    guard own.contains(value.typeName) else {
      return retyped(path, own.sorted(), value.typeName)
    }
    guard !Self.opaque.contains(path) else { return }
    switch value {
    case .object(let object):
      for member in object.members {
        let inner = Self.path(path, member.name)
        if types[inner] != nil || !open.contains(path) {
          compare(member.value, at: inner, unknown, retyped)
        }
      }
    case .array(let elements):
      for element in elements { compare(element, at: path + "[]", unknown, retyped) }
    default: break
    }
  }

  private static func path(_ parent: String, _ name: String) -> String {
    parent.isEmpty ? name : "\(parent).\(name)"
  }
}
