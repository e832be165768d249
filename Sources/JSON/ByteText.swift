/// A text that is compared byte by byte.
///
/// Swift's own comparison takes texts for equal that Unicode calls equivalent: a composed character
/// and its parts, or the Kelvin sign and a K. What came from outside is equal only if the same
/// bytes were sent.
package struct ByteText: Sendable, Hashable, Comparable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: ByteText, right: ByteText) -> Bool {
    left.text.hasSameBytes(as: right.text)
  }

  package static func < (left: ByteText, right: ByteText) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { bytes in
      hasher.combine(bytes.count)
      hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }
  }
}

extension String {
  /// Whether another text has the same bytes.
  package func hasSameBytes(as other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    var (left, right) = (self, other)
    return left.withUTF8 { left in right.withUTF8 { right in left.elementsEqual(right) } }
  }
}

extension String? {
  /// Whether both are absent, or have the same bytes.
  package func hasSameBytes(as other: String?) -> Bool {
    guard let self, let other else { return self == nil && other == nil }
    return self.hasSameBytes(as: other)
  }
}

/// Values by names that are compared byte by byte.
package struct NameTable<Value> {
  private var values: [ByteText: Value] = [:]

  package init() {}

  package subscript(name: String) -> Value? {
    get { values[ByteText(name)] }
    set { values[ByteText(name)] = newValue }
    _modify { yield &values[ByteText(name)] }
  }

  package subscript(name: String, default value: @autoclosure () -> Value) -> Value {
    get { values[ByteText(name), default: value()] }
    set { values[ByteText(name), default: value()] = newValue }
    _modify { yield &values[ByteText(name), default: value()] }
  }

  package var count: Int { values.count }

  /// In no particular order.
  package var all: Dictionary<ByteText, Value>.Values { values.values }

  /// Sorted by their bytes.
  package var names: [String] { values.keys.sorted().map(\.text) }

  @discardableResult
  package mutating func updateValue(_ value: Value, for name: String) -> Value? {
    values.updateValue(value, forKey: ByteText(name))
  }

  @discardableResult
  package mutating func removeValue(for name: String) -> Value? {
    values.removeValue(forKey: ByteText(name))
  }

  package mutating func reserveCapacity(_ count: Int) { values.reserveCapacity(count) }
}

extension NameTable: Sendable where Value: Sendable {}
