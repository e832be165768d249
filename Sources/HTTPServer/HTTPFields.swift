import Bytes

/// An ordered list of header fields, held as the bytes that are sent.
///
/// One representation serves both directions: a request's fields are the received bytes, checked by
/// the parser, and a response's fields are ready to be sent. Names compare without regard to case.
public struct HTTPFields: Sendable, Equatable {
  /// Complete field lines, each ended by CR LF, without the empty line that ends the section.
  package private(set) var wire: [UInt8]

  /// An empty list.
  public init() { wire = [] }

  /// Fields from bytes that the parser has checked.
  package init(wire: [UInt8]) { self.wire = wire }

  /// The size of all field lines, in bytes.
  public var byteCount: Int { wire.count }

  /// Fields of a bounded size, written into one allocation.
  ///
  /// - Parameters:
  ///   - bytes: The largest size of all lines together; writing more is a programming error.
  ///   - write: Appends them.
  public init(upTo bytes: Int, _ write: (inout HTTPFieldLines) -> Void) {
    wire = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes) { memory in
      var lines = HTTPFieldLines(memory)
      write(&lines)
      return Array(UnsafeBufferPointer(rebasing: memory[..<lines.count]))
    }
  }

  /// Appends a field.
  ///
  /// - Parameters:
  ///   - name: A token of RFC 9110, section 5.6.2, known at compile time.
  ///   - value: Any text. Bytes that are not allowed in a value are replaced; see
  ///     ``HTTPFieldLines``.
  public mutating func append(_ name: StaticString, _ value: String) {
    append(
      contentsOf: HTTPFields(upTo: HTTPFieldLines.size(name, value.utf8.count)) {
        $0.append(name, value)
      })
  }

  /// Appends a field with a decimal value.
  public mutating func append(_ name: StaticString, _ value: Int64) {
    append(
      contentsOf: HTTPFields(upTo: HTTPFieldLines.size(name, Decimal.longest)) {
        $0.append(name, value)
      })
  }

  /// Appends all fields of another list.
  public mutating func append(contentsOf other: HTTPFields) {
    wire.append(contentsOf: other.wire)
  }

  /// The first value of a field without the white space around it; nil when the field is absent.
  public subscript(name: StaticString) -> String? {
    withValue(of: name) { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// What follows a prefix in the first value of a field; nil when the field is absent or its value
  /// doesn't begin with the prefix. The comparison of the prefix is case-sensitive.
  public func value(of name: StaticString, after prefix: StaticString) -> String? {
    withValue(of: name) { value in
      guard let value, value.starts(with: prefix) else { return nil }
      return String(decoding: value[prefix.utf8CodeUnitCount...], as: UTF8.self)
    }
  }

  /// The value of a field that stands once; nil when it is absent or stands more than once.
  public func soleValue(of name: StaticString) -> String? {
    wire.withUnsafeBufferPointer { bytes in
      guard let (value, end) = Self.value(of: name, in: bytes, from: 0),
        Self.value(of: name, in: bytes, from: end) == nil
      else { return nil }
      return String(decoding: value, as: UTF8.self)
    }
  }

  /// Calls `body` with the bytes of the first value of a field, or with nil when there is none.
  @inline(__always)
  private func withValue<Result>(
    of name: StaticString, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
  ) -> Result {
    wire.withUnsafeBufferPointer { body(Self.value(of: name, in: $0, from: 0)?.value) }
  }

  /// The next value of a field, and where the line after it begins.
  ///
  /// - Parameter first: Where a line begins.
  @inline(__always)
  private static func value(
    of name: StaticString, in bytes: UnsafeBufferPointer<UInt8>, from first: Int
  ) -> (value: UnsafeBufferPointer<UInt8>, end: Int)? {
    let count = name.utf8CodeUnitCount
    var start = first
    while start < bytes.count {
      let end = bytes.index(of: 13, from: start)
      // A name contains no colon, so a colon after as many bytes as the name has ends the line's
      // name.
      if start + count < end, bytes[start + count] == UInt8(ascii: ":"),
        matches(bytes, from: start, name)
      {
        return (trimmed(bytes, start + count + 1, end), end + 2)
      }
      start = end + 2
    }
    return nil
  }

  /// All fields in order.
  public var all: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    wire.withUnsafeBufferPointer { bytes in
      var start = 0
      while start < bytes.count {
        let colon = bytes.index(of: UInt8(ascii: ":"), from: start)
        let end = bytes.index(of: 13, from: colon)
        fields.append(
          (
            String(decoding: bytes[start..<colon], as: UTF8.self),
            String(decoding: Self.trimmed(bytes, colon + 1, end), as: UTF8.self)
          ))
        start = end + 2
      }
    }
    return fields
  }

  // MARK: Reading

  /// The bytes from `start` to `end` without the white space around them.
  private static func trimmed(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> UnsafeBufferPointer<UInt8> {
    var (first, last) = (start, end)
    while first < last, isOptionalSpace(bytes[first]) { first += 1 }
    while last > first, isOptionalSpace(bytes[last - 1]) { last -= 1 }
    return UnsafeBufferPointer(rebasing: bytes[first..<last])
  }

  /// Whether the bytes from `start` on begin with a name, compared case-insensitively.
  private static func matches(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ name: StaticString
  ) -> Bool {
    let text = name.utf8Start
    for index in 0..<name.utf8CodeUnitCount
    where lowercased(bytes[start + index]) != lowercased(text[index]) {
      return false
    }
    return true
  }

  /// Whether a byte may stand in a value (RFC 9110, section 5.5).
  static func isAllowedInValue(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7F || byte == 0x09
  }
}

/// SP or HTAB.
@inline(__always)
func isOptionalSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
