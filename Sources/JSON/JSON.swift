/// A JSON value whose objects keep the order of their members.
///
/// `JSONDecoder` is not used, because its keyed containers keep no order and stop at the first
/// problem. Results and stubs are sent in the order in which they were written, a refusal names
/// every failing member, and fixtures refuse unknown members.
public enum JSON: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number that fits 64 bits; `2.0` and `2e0` are such numbers too.
  case integer(Int64)
  /// Any other number.
  case decimal(Double)
  /// A text.
  case string(String)
  /// Values in their order.
  case array([JSON])
  /// Members in their order.
  case object(JSONObject)
}

/// The members of an object in their order. Of members with the same name, byte by byte, the last
/// one counts.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// A name and its value.
  public struct Member: Sendable, Hashable {
    /// The name, unescaped.
    public var name: String
    /// The value.
    public var value: JSON

    /// A member.
    public init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// All members in order.
  public private(set) var members: [Member]

  /// An object with these members; without any, an empty one.
  public init(_ members: [Member] = []) { self.members = members }

  /// Makes room for that many members.
  public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

  public init(dictionaryLiteral elements: (String, JSON)...) {
    members = elements.map(Member.init)
  }

  /// The value of a member. Setting nil removes it; setting a new one appends it.
  public subscript(name: String) -> JSON? {
    get { members.last { $0.name.hasSameBytes(as: name) }?.value }
    set {
      guard let newValue else {
        return members.removeAll { $0.name.hasSameBytes(as: name) }
      }
      if let index = members.lastIndex(where: { $0.name.hasSameBytes(as: name) }) {
        members[index].value = newValue
      } else {
        members.append(Member(name, newValue))
      }
    }
  }

  /// Appends a member without looking for an earlier one of that name.
  public mutating func append(_ name: String, _ value: JSON) { members.append(Member(name, value)) }
}

extension JSON {
  /// The text of a string, else nil.
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  /// A whole number, else nil.
  public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
  /// Any number, else nil.
  public var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .decimal(let number): number
    default: nil
    }
  }
  /// A truth value, else nil.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array, else nil.
  public var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  /// An object, else nil.
  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  /// A member of an object; nil when it is absent or the value is no object.
  public subscript(name: String) -> JSON? { object?[name] }

  /// The JSON type's name as JavaScript's validators print it.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer, .decimal: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral,
  ExpressibleByFloatLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { .init($0.0, $0.1) }))
  }
  public init(nilLiteral: ()) { self = .null }
  public init(floatLiteral value: Double) { self = .decimal(value) }

  /// A string, or null for nil.
  public init(_ text: String?) { self = text.map(JSON.string) ?? .null }
  /// A number as parsing its text gives it: a whole one is ``integer(_:)``.
  public init(_ number: Double) {
    self = Int64(exactly: number).map(JSON.integer) ?? .decimal(number)
  }
  /// A number, or null for nil.
  public init(_ number: Int64?) { self = number.map(JSON.integer) ?? .null }
  /// A number.
  public init(_ number: Int) { self = .integer(Int64(number)) }
}
