/// Why a text is not JSON.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The position of the error, in bytes from the start.
  public let offset: Int
  /// What is wrong.
  public let reason: String
  /// The line of that position, from 1.
  public private(set) var line = 1
  /// The character of its line at which it is, from 1.
  public private(set) var column = 1

  init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  /// The error with line and column, which are counted only when there is one.
  fileprivate func located(in bytes: UnsafeBufferPointer<UInt8>) -> JSONError {
    var error = self
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        error.line += 1
        error.column = 1
      } else if byte & 0xC0 != 0x80 {
        // The other bytes of a character follow its first one (RFC 3629, section 3).
        error.column += 1
      }
    }
    return error
  }

  public static func == (one: JSONError, other: JSONError) -> Bool {
    one.offset == other.offset && one.reason == other.reason
  }

  public var description: String { "\(reason) at line \(line), column \(column)" }
}

extension JSON {
  /// The deepest nesting that is accepted.
  public static let deepestNesting = 128

  /// Reads a JSON text (RFC 8259), strictly.
  ///
  /// An escaped lone surrogate, which no Swift string can hold, becomes U+FFFD.
  ///
  /// - Throws: ``JSONError`` when the bytes are no JSON text, are not UTF-8, or nest deeper than
  ///   ``deepestNesting``.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    self = try bytes.withUnsafeBufferPointer { Self.parse($0) }.get()
  }

  /// Reads a JSON text from bytes of any kind, such as a string's UTF-8.
  public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
    try self.init(parsing: Array(bytes))
  }

  /// Reads a JSON text in memory that stays valid during the call.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
    self = try Self.parse(bytes).get()
  }

  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSON, JSONError> {
    do throws(JSONError) {
      var parser = JSONParser(bytes: bytes)
      return .success(try parser.text())
    } catch {
      return .failure(error.located(in: bytes))
    }
  }
}

/// A recursive-descent parser over borrowed bytes.
private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0
  var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func text() throws(JSONError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw error("Something follows the value") }
    return value
  }

  private func error(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> JSON {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"): return try number()
    case let byte? where byte &- 0x30 < 10: return try number()
    case nil: throw error("The text ends where a value should stand")
    default: throw error("No value starts with this character")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSON
  ) throws(JSONError) -> JSON {
    guard depth < JSON.deepestNesting else { throw error("The value is nested too deeply") }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONError) -> JSON {
    var object = JSONObject()
    skipSpace()
    if current == UInt8(ascii: "}") {
      position += 1
      return .object(object)
    }
    object.reserveCapacity(4)
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw error("A member's name must be a string") }
      let name = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw error("A colon is missing") }
      position += 1
      object.append(name, try value())
      skipSpace()
      switch current {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(object)
      default: throw error("A comma or the object's end is missing")
      }
    }
  }

  private mutating func array() throws(JSONError) -> JSON {
    var elements: [JSON] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      skipSpace()
      switch current {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(elements)
      default: throw error("A comma or the array's end is missing")
      }
    }
  }

  private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let count = text.utf8CodeUnitCount
    guard position + count <= bytes.count,
      (0..<count).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
    else { throw error("No value starts with this character") }
    position += count
    return value
  }

  // MARK: Numbers

  private mutating func digits() throws(JSONError) {
    let first = position
    while let byte = current, byte &- 0x30 < 10 { position += 1 }
    guard position > first else { throw error("A digit is missing") }
  }

  private mutating func number() throws(JSONError) -> JSON {
    let first = position
    var isPlain = true
    if current == UInt8(ascii: "-") { position += 1 }
    if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if current == UInt8(ascii: ".") {
      isPlain = false
      position += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isPlain = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[first..<position], as: UTF8.self)
    if isPlain, let integer = Int64(text) { return .integer(integer) }
    guard let decimal = Double(text), decimal.isFinite else {
      throw error("The number is too large")
    }
    return JSON(decimal)
  }

  // MARK: Strings

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let first = position
    var all: UInt8 = 0
    while position < bytes.count {
      all |= bytes[position]
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let content = UnsafeBufferPointer(rebasing: bytes[first..<position])
        // ASCII needs no validation.
        let text = all < 0x80 ? String(decoding: content, as: UTF8.self) : try utf8(content)
        position += 1
        return text
      case UInt8(ascii: "\\"): return try escapedString(from: first)
      case 0..<0x20: throw error("A control character must be escaped")
      default: position += 1
      }
    }
    throw error("A string has no end")
  }

  private func utf8(_ bytes: some Sequence<UInt8>) throws(JSONError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw error("A string is not UTF-8")
    }
    return text
  }

  private mutating func escapedString(from first: Int) throws(JSONError) -> String {
    var content = Array(bytes[first..<position])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let text = try utf8(content)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &content)
      case 0..<0x20: throw error("A control character must be escaped")
      default:
        content.append(byte)
        position += 1
      }
    }
    throw error("A string has no end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard let byte = current else { throw error("A string has no end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      var scalar = Unicode.Scalar(unit)
      if 0xD800..<0xDC00 ~= unit, position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        let before = position
        position += 2
        let low = try codeUnit()
        if 0xDC00..<0xE000 ~= low {
          scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        } else {
          position = before
        }
      }
      content.append(contentsOf: String(Character(scalar ?? "\u{FFFD}")).utf8)
    default: throw error("Unknown escape")
    }
  }

  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("An escape is cut short") }
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue,
        bytes[position] < 0x80
      else { throw error("An escape needs four hexadecimal digits") }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
