import Bytes

/// Writes field lines into memory that has room for all of them.
public struct HTTPFieldLines: ~Copyable {
  private let memory: UnsafeMutableBufferPointer<UInt8>
  /// The bytes written so far.
  private(set) var count = 0

  init(_ memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

  /// The size of a field line, in bytes, whose value has that many bytes.
  static func size(_ name: StaticString, _ value: Int) -> Int { name.utf8CodeUnitCount + value + 4 }

  /// Appends a field.
  ///
  /// This is the one place that writes field values. Bytes that could end the line or that RFC
  /// 9110, section 5.5 forbids are replaced by a space, so that no value can split a response.
  ///
  /// - Parameters:
  ///   - name: A token of RFC 9110, section 5.6.2, known at compile time.
  ///   - value: Any text.
  public mutating func append(_ name: StaticString, _ value: String) {
    var value = value
    value.withUTF8 { bytes in
      begin(name, bytes.count)
      for byte in bytes {
        memory[count] = HTTPFields.isAllowedInValue(byte) ? byte : UInt8(ascii: " ")
        count += 1
      }
    }
    end()
  }

  /// Appends a field whose value is known at compile time and contains only allowed bytes.
  public mutating func append(_ name: StaticString, literal value: StaticString) {
    begin(name, value.utf8CodeUnitCount)
    (memory.baseAddress! + count).update(from: value.utf8Start, count: value.utf8CodeUnitCount)
    count += value.utf8CodeUnitCount
    end()
  }

  /// Appends a field with a decimal value.
  public mutating func append(_ name: StaticString, _ value: Int64) {
    begin(name, Decimal.longest)
    count += Decimal.write(value, to: memory, at: count)
    end()
  }

  /// Writes the line up to a value of at most that many bytes.
  private mutating func begin(_ name: StaticString, _ value: Int) {
    precondition(count + Self.size(name, value) <= memory.count, "There is no room for the field.")
    (memory.baseAddress! + count).update(from: name.utf8Start, count: name.utf8CodeUnitCount)
    count += name.utf8CodeUnitCount
    memory[count] = UInt8(ascii: ":")
    memory[count + 1] = UInt8(ascii: " ")
    count += 2
  }

  private mutating func end() {
    memory[count] = 13
    memory[count + 1] = 10
    count += 2
  }
}
