import JSON
import Simulation

// The forms in which state is stored in documents. Each kind has one writer, `stored`, and one
// reader, which notes every problem with its path.

private let countRange: ClosedRange<Int64> = 0...1_000_000_000_000_000

extension ObjectReader {
  /// A moment from 1970 on, to the nanosecond. The time between two of them can always be
  /// represented.
  mutating func moment(_ name: String) -> Timestamp? {
    member(name, expected: "\(Timestamp.expected), from 1970 on") { json in
      json.string.flatMap { Timestamp(text: $0) }.flatMap { $0.nanoseconds < 0 ? nil : $0 }
    }
  }

  /// A number of 64 bits in hexadecimal digits, because JSON's readers lose digits of such numbers.
  mutating func bits(_ name: String) -> UInt64? {
    member(name, expected: "1 to 16 hexadecimal digits") { json in
      json.string.flatMap { $0.hasPrefix("+") ? nil : UInt64($0, radix: 16) }
    }
  }

  /// An identifier of a request or a task.
  mutating func identifier(_ name: String) -> Identifier? {
    member(name, expected: "an identifier such as 5f0c1d2e-0a1b-4c3d-8e4f-5a6b7c8d9e0f") { json in
      json.string.flatMap { Identifier(text: $0) }
    }
  }

  /// A count. None gets larger in any double's life, and each can still be counted on.
  mutating func count(_ name: String) -> Int? { integer(name, in: countRange).map { Int($0) } }

  /// Credits of one charge.
  mutating func credits(_ name: String) -> Int64? { integer(name, in: countRange) }

  /// Notes those of these members that are absent.
  mutating func require(_ names: [String]) { for name in names { require(name) } }

  /// Reads each object of an array member to its end.
  ///
  /// - Returns: nil when the member is absent, or one of them can't be read.
  mutating func list<Value>(
    _ name: String, _ read: (inout ObjectReader) -> Value?
  ) -> [Value]? {
    guard let count = array(name)?.count, let readers = readers(name) else { return nil }
    var values: [Value] = []
    values.reserveCapacity(count)
    for reader in readers {
      var reader = reader
      let value = read(&reader)
      reader.finish()
      if let value { values.append(value) }
    }
    return values.count == count ? values : nil
  }

  /// Reads an object member to its end; nil when it is absent or can't be read.
  mutating func inner<Value>(_ name: String, _ read: (inout ObjectReader) -> Value?) -> Value? {
    guard var inner = reader(name) else { return nil }
    let value = read(&inner)
    inner.finish()
    return value
  }
}

extension JSON {
  /// A moment, to the nanosecond.
  init(_ moment: Timestamp) { self = .string(moment.exactText) }

  /// A number of 64 bits.
  init(bits: UInt64) { self = .string(String(bits, radix: 16)) }

  /// A count that is below 2⁶³.
  init(count: UInt64) { self = .integer(Int64(clamping: count)) }
}

extension JSONObject {
  /// Appends a member unless the value is nil.
  mutating func append(_ name: String, ifAny value: JSON?) {
    if let value { append(name, value) }
  }
}
