import JSON

/// Characters for private use that stand in a result until names and addresses take their places:
/// what is made up can then be searched for names without finding those that belong there.
enum BrandMark {
  /// The name of the brand at a rank, 1 to 255.
  static func name(_ rank: Int) -> String { text(0xE000 + rank) }
  /// The address that is cited for it.
  static func address(_ rank: Int) -> String { text(0xE100 + rank) }
  /// The host of that address.
  static func host(_ rank: Int) -> String { text(0xE200 + rank) }
  /// That address within the query of another one.
  static func encodedAddress(_ rank: Int) -> String { text(0xE300 + rank) }

  private static func text(_ value: Int) -> String {
    Unicode.Scalar(UInt32(value)).map { String($0) } ?? ""
  }

  /// What a character stands for; nil for every other one.
  static func meaning(of scalar: Unicode.Scalar) -> (kind: Kind, rank: Int)? {
    guard 0xE000...0xE3FF ~= scalar.value, let kind = Kind(rawValue: scalar.value >> 8 & 3) else {
      return nil
    }
    return (kind, Int(scalar.value & 0xFF))
  }

  enum Kind: UInt32 {
    case name, address, host, encodedAddress
  }
}

extension JSON {
  /// The value with each string changed.
  ///
  /// - Parameter change: Is given the name of the member as well; empty for that of no object.
  func mapStrings(of name: String = "", _ change: (String, _ name: String) -> String) -> JSON {
    switch self {
    case .string(let text): .string(change(text, name))
    case .array(let elements): .array(elements.map { $0.mapStrings(of: name, change) })
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { .init($0.name, $0.value.mapStrings(of: $0.name, change)) }))
    default: self
    }
  }

  /// The value with each string changed.
  func mapStrings(_ change: (String) -> String) -> JSON {
    mapStrings { text, _ in change(text) }
  }

  /// Whether any string has a property.
  func hasString(where holds: (String) -> Bool) -> Bool {
    switch self {
    case .string(let text): holds(text)
    case .array(let elements): elements.contains { $0.hasString(where: holds) }
    case .object(let object): object.members.contains { $0.value.hasString(where: holds) }
    default: false
    }
  }
}
