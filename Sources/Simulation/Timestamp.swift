import Bytes
import Platform

/// A moment of the double's clock: nanoseconds since the Unix epoch, up to the year 2262.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  public var nanoseconds: Int64

  /// The moment so many nanoseconds after the Unix epoch.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The moment so many milliseconds after the Unix epoch.
  @inlinable public init(milliseconds: Int64) { nanoseconds = milliseconds * 1_000_000 }

  /// Whole milliseconds since the Unix epoch.
  @inlinable public var milliseconds: Int64 { whole(1_000_000) }

  /// Whole seconds since the Unix epoch.
  @inlinable public var seconds: Int64 { whole(1_000_000_000) }

  /// How many whole units have passed. Times before the epoch are rounded down, too.
  @inlinable func whole(_ unit: Int64) -> Int64 {
    nanoseconds >= 0 ? nanoseconds / unit : -1 - (-1 - nanoseconds) / unit
  }

  /// The moment so many nanoseconds later, at most the last one that can be represented.
  public func advanced(by nanoseconds: Int64) -> Timestamp {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return Timestamp(nanoseconds: overflow ? .max : sum)
  }

  @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// UTC with exactly three fractional digits and `Z`, as cloro writes it:
  /// `2025-01-15T12:00:00.000Z`.
  public var text: String {
    var output: [UInt8] = []
    write(to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// Appends ``text``.
  package func write(to output: inout [UInt8]) {
    CivilTime(secondsSinceEpoch: seconds).writeISO8601(to: &output)
    output.append(UInt8(ascii: "."))
    output.append(decimal: milliseconds - seconds * 1000, width: 3)
    output.append(UInt8(ascii: "Z"))
  }
}

extension Timestamp {
  /// As ``text``, but with nine fractional digits where three would lose something.
  package var exactText: String {
    let fraction = nanoseconds &- seconds &* 1_000_000_000
    guard fraction % 1_000_000 != 0 else { return text }
    var output: [UInt8] = []
    CivilTime(secondsSinceEpoch: seconds).writeISO8601(to: &output)
    output.append(UInt8(ascii: "."))
    output.append(decimal: fraction, width: 9)
    output.append(UInt8(ascii: "Z"))
    return String(decoding: output, as: UTF8.self)
  }

  /// The form that ``init(text:)`` reads.
  package static let expected =
    "a UTC time such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.250Z"

  /// Reads a UTC time of RFC 3339 with up to nine fractional digits, e.g. `2026-01-31T12:00:00Z`.
  ///
  /// - Returns: nil for any other form, and for a time that can't be represented.
  public init?(text: String) {
    let pattern = Array("dddd-dd-ddTdd:dd:dd".utf8)
    let bytes = Array(text.utf8)
    guard bytes.count > pattern.count, bytes.last == UInt8(ascii: "Z"),
      zip(bytes, pattern).allSatisfy({
        $1 == UInt8(ascii: "d") ? 0x30...0x39 ~= $0 : $0 == $1
      })
    else { return nil }
    func number(_ range: Range<Int>) -> Int64 {
      bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
    let fraction = bytes[pattern.count..<(bytes.count - 1)]
    guard fraction.isEmpty || fraction.count <= 10 && fraction.first == UInt8(ascii: ".") else {
      return nil
    }
    let digits = Array(fraction.dropFirst())
    guard digits.allSatisfy({ 0x30...0x39 ~= $0 }), fraction.isEmpty == digits.isEmpty else {
      return nil
    }
    let padded = digits + Array(repeating: 0x30, count: 9 - digits.count)
    guard
      let seconds = CivilTime.secondsSinceEpoch(
        year: number(0..<4), month: number(5..<7), day: number(8..<10), hour: number(11..<13),
        minute: number(14..<16), second: number(17..<19))
    else { return nil }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) = product.addingReportingOverflow(
      padded.reduce(0) { $0 * 10 + Int64($1 - 0x30) })
    guard !overflow, !sumOverflow else { return nil }
    nanoseconds = sum
  }
}
