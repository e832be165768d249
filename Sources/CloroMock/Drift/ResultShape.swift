import JSON
import Simulation

/// What is known of a kind of value from examples: which members it has had, how often, and of what
/// types and forms.
///
/// A member's path is like `sources[].url`: `[]` stands for every element of an array.
struct ResultShape: Sendable {
  /// One member.
  struct Member: Sendable {
    /// In how many objects it was.
    var count = 0
    /// Its types as JavaScript names them, and how often each was there.
    var types: [String: Int] = [:]
    /// The forms of its texts and numbers, and how often each was there.
    var formats: [String: Int] = [:]
  }

  /// In the order in which they were first seen.
  private(set) var paths: [String] = []
  private(set) var members: [String: Member] = [:]
  /// How many objects were seen at each path.
  private(set) var objects: [String: Int] = [:]

  /// Members whose inside is the provider's own business, and isn't described by anybody.
  static let opaque: Set<String> = ["rawResponse"]

  /// Learns from an example.
  mutating func learn(_ value: JSON) { learn(value, at: "") }

  private mutating func learn(_ value: JSON, at path: String) {
    if members[path] == nil {
      paths.append(path)
      members[path] = Member()
    }
    members[path]!.count += 1
    members[path]!.types[value.typeName, default: 0] += 1
    if let format = Self.format(of: value) { members[path]!.formats[format, default: 0] += 1 }
    guard !Self.opaque.contains(path) else { return }
    switch value {
    case .object(let object):
      objects[path, default: 0] += 1
      for member in object.members { learn(member.value, at: Self.path(path, member.name)) }
    case .array(let elements): for element in elements { learn(element, at: path + "[]") }
    default: break
    }
  }

  static func path(_ parent: String, _ name: String) -> String {
    parent.isEmpty ? name : "\(parent).\(name)"
  }

  /// The names of an object's members that every such object had.
  func required(at path: String) -> [String] {
    let whole = objects[path] ?? 0
    return children(of: path).filter { members[Self.path(path, $0)]?.count == whole }
  }

  /// The names of all members that an object has had.
  private func children(of path: String) -> [String] {
    let prefix = path.isEmpty ? "" : path + "."
    return paths.compactMap { each in
      guard each.hasPrefix(prefix), each.count > prefix.count else { return nil }
      let rest = each.dropFirst(prefix.count)
      return rest.contains(".") || rest.contains("[") ? nil : String(rest)
    }
  }

  /// What differs between a value and the shape.
  struct Difference: Sendable, Hashable {
    enum Kind: Sendable { case added, removed, type }
    let kind: Kind
    let path: String
    /// The known types, in alphabetical order.
    let expected: [String]
    /// The type found; nil when there is nothing.
    let found: String?
  }

  /// Compares a value with the shape: members that every example had are missed, unknown ones are
  /// told of, and types must be known ones. Each difference is told once.
  func differences(of value: JSON) -> [Difference] {
    var found: [Difference] = []
    compare(value, at: "", &found)
    var seen = Set<Difference>()
    return found.filter { seen.insert($0).inserted }
  }

  private func compare(_ value: JSON, at path: String, _ found: inout [Difference]) {
    guard let known = members[path] else { return }
    guard known.types[value.typeName] != nil else {
      return found.append(
        Difference(
          kind: .type, path: path, expected: known.types.keys.sorted(), found: value.typeName))
    }
    guard !Self.opaque.contains(path) else { return }
    switch value {
    case .object(let object):
      for name in required(at: path) where object[name] == nil {
        let inner = Self.path(path, name)
        found.append(
          Difference(
            kind: .removed, path: inner, expected: members[inner]?.types.keys.sorted() ?? [],
            found: nil))
      }
      for member in object.members {
        let inner = Self.path(path, member.name)
        if members[inner] == nil {
          found.append(
            Difference(kind: .added, path: inner, expected: [], found: member.value.typeName))
        } else {
          compare(member.value, at: inner, &found)
        }
      }
    // Nothing is known of elements that no example had.
    case .array(let elements): for element in elements { compare(element, at: path + "[]", &found) }
    default: break
    }
  }

  // MARK: Forms

  /// The form of a text or number; nil for other values.
  static func format(of value: JSON) -> String? {
    switch value {
    case .integer: "integer"
    case .decimal: "decimal"
    case .string(let text): format(of: text)
    default: nil
    }
  }

  private static func format(of text: String) -> String? {
    if text.isEmpty { return "empty" }
    if text.hasPrefix("https://") || text.hasPrefix("http://") { return "url" }
    if text.hasPrefix("data:") { return "data" }
    if Timestamp(text: text) != nil { return "timestamp" }
    let masked = text.utf8.map { byte -> UInt8 in
      switch byte {
      case 0x30...0x39: UInt8(ascii: "0")
      case 0x41...0x5A: UInt8(ascii: "A")
      case 0x61...0x7A: UInt8(ascii: "a")
      default: byte
      }
    }
    let mask = String(decoding: masked, as: UTF8.self)
    if mask == "0000-00-00" || mask == "Aaa 00, 0000" || mask == "Aaa 0, 0000" { return "date" }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    if parts.map(\.utf8.count) == [8, 4, 4, 4, 12],
      parts.allSatisfy({ $0.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit } })
    {
      return "uuid"
    }
    return mask.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) ? "digits" : nil
  }
}
