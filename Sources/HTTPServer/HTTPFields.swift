/// An ordered list of header fields, held as the bytes that stand on the wire.
///
/// One representation serves both directions: a request's fields are the received bytes, checked by
/// the parser, and a response's fields are ready to be sent. Names compare without regard to case.
public struct HTTPFields: Sendable, Equatable {
  /// Complete field lines, each ended by CR LF, without the empty line that ends the section.
  package private(set) var wire: [UInt8]

  /// An empty list.
  public init() { wire = [] }

  /// Fields from checked wire bytes.
  package init(wire: [UInt8]) { self.wire = wire }

  /// How many bytes the field lines have.
  public var byteCount: Int { wire.count }

  /// Makes room for that many bytes of field lines.
  public mutating func reserveCapacity(_ bytes: Int) { wire.reserveCapacity(bytes) }

  /// Appends a field.
  ///
  /// This is the one place that writes field values. Bytes that could end the line or that RFC 9110,
  /// section 5.5 forbids are replaced by a space, so that no value can split a response.
  ///
  /// - Parameters:
  ///   - name: A token of RFC 9110, section 5.6.2, known at compile time.
  ///   - value: Any text.
  public mutating func append(_ name: StaticString, _ value: String) {
    appendName(name)
    var value = value
    let isAllowed = value.withUTF8 { bytes in
      guard bytes.allSatisfy(Self.isAllowedInValue) else { return false }
      wire.append(contentsOf: bytes)
      return true
    }
    if !isAllowed {
      for byte in value.utf8 { wire.append(Self.isAllowedInValue(byte) ? byte : UInt8(ascii: " ")) }
    }
    appendLineEnd()
  }

  /// Appends a field with a decimal value.
  public mutating func append(_ name: StaticString, _ value: Int64) {
    appendName(name)
    wire.append(decimal: value)
    appendLineEnd()
  }

  /// Appends all fields of another list.
  public mutating func append(contentsOf other: HTTPFields) {
    wire.append(contentsOf: other.wire)
  }

  /// The first value of a field, without the white space around it, or nil.
  public subscript(name: StaticString) -> String? {
    var found: String?
    forEachLine { lineName, value in
      guard Self.matches(lineName, name) else { return true }
      found = String(decoding: value, as: UTF8.self)
      return false
    }
    return found
  }

  /// What follows a prefix in the first value of a field; nil when there is no such field, or its value
  /// begins otherwise. The prefix is compared with regard to case.
  public func value(of name: StaticString, after prefix: StaticString) -> String? {
    withValue(of: name) { value in
      let count = prefix.utf8CodeUnitCount
      guard let value, value.count >= count,
        value.prefix(count).elementsEqual(
          UnsafeBufferPointer(start: prefix.utf8Start, count: count))
      else { return nil }
      return String(decoding: value[count...], as: UTF8.self)
    }
  }

  /// Calls `body` with the bytes of the first value of a field, or with nil when there is none.
  @inline(__always)
  private func withValue<Result>(
    of name: StaticString, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
  ) -> Result {
    wire.withUnsafeBufferPointer { bytes in
      var result: Result?
      Self.scan(bytes) { lineName, value in
        guard Self.matches(lineName, name) else { return true }
        result = body(value)
        return false
      }
      return result ?? body(nil)
    }
  }

  /// All fields in order.
  public var all: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    forEachLine { name, value in
      fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
      return true
    }
    return fields
  }

  // MARK: Lines

  private mutating func appendName(_ name: StaticString) {
    name.withUTF8Buffer { wire.append(contentsOf: $0) }
    wire.append(UInt8(ascii: ":"))
    wire.append(UInt8(ascii: " "))
  }

  private mutating func appendLineEnd() {
    wire.append(13)
    wire.append(10)
  }

  private func forEachLine(
    _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) {
    wire.withUnsafeBufferPointer { Self.scan($0, body) }
  }

  /// Walks over field lines until `body` returns false.
  private static func scan(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) {
    var start = 0
    while start < bytes.count {
      var colon = start
      while bytes[colon] != UInt8(ascii: ":") { colon += 1 }
      var end = colon + 1
      while bytes[end] != 13 { end += 1 }
      var first = colon + 1
      var last = end
      while first < last, isOptionalSpace(bytes[first]) { first += 1 }
      while last > first, isOptionalSpace(bytes[last - 1]) { last -= 1 }
      let name = UnsafeBufferPointer(rebasing: bytes[start..<colon])
      let value = UnsafeBufferPointer(rebasing: bytes[first..<last])
      guard body(name, value) else { return }
      start = end + 2
    }
  }

  private static func matches(_ name: UnsafeBufferPointer<UInt8>, _ other: StaticString) -> Bool {
    guard name.count == other.utf8CodeUnitCount else { return false }
    let text = other.utf8Start
    for index in 0..<name.count where lowercased(name[index]) != lowercased(text[index]) {
      return false
    }
    return true
  }

  static func isAllowedInValue(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7F || byte == 0x09
  }
}

/// SP or HTAB.
@inline(__always)
func isOptionalSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

extension [UInt8] {
  /// Appends a number in decimal digits.
  package mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    if rest < 10 {
      append(UInt8(ascii: "0") + UInt8(rest))
      return
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = 20
      while rest > 0 {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
      append(contentsOf: digits[start..<20])
    }
  }

  /// Appends the text of a literal.
  package mutating func append(_ literal: StaticString) {
    literal.withUTF8Buffer { append(contentsOf: $0) }
  }
}
