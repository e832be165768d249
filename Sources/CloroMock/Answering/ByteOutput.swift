import Bytes
import JSON

/// Memory that bytes are appended to, for what is made of many small pieces.
///
/// An array asks with each piece whether it is shared and where its end is; here a piece costs one
/// comparison and the copy itself. Behind its bytes there is always room for a ``block``, so that
/// a short piece is copied as a whole block: what is too much is overwritten by what comes next.
struct ByteOutput: ~Copyable {
  /// Where its bytes start.
  private(set) var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// How many bytes it has.
  private(set) var count = 0
  /// Whether it has outgrown the memory that it was given, and has its own.
  private(set) var hasMoved = false

  /// How many bytes may be read and written behind those of a piece.
  static let block = 2 * MemoryLayout<Half>.size

  /// What stands behind texts from which whole blocks are copied.
  static var padding: [UInt8] { Array(repeating: 0, count: block) }

  private typealias Half = SIMD32<UInt8>

  /// Creates an empty output.
  ///
  /// - Parameter memory: Where its bytes stand until they need more room: at least one byte. It is
  ///   the caller's, must outlive the output, and needn't be initialized.
  init(in memory: UnsafeMutableBufferPointer<UInt8>) {
    start = memory.baseAddress!
    capacity = memory.count
  }

  deinit { if hasMoved { start.deallocate() } }

  /// The bytes: valid until the next change.
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  var last: UInt8? { count > 0 ? start[count - 1] : nil }

  /// Whether a byte opens an array or object of JSON: no comma comes after it.
  static func opens(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  /// Makes room for more bytes and a ``block``.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if capacity &- count < more &+ Self.block { grow(by: more) }
  }

  /// Appends a piece for which room was made.
  ///
  /// - Parameter source: Where it starts. Its bytes can be read, or a ``block`` if it is shorter.
  @inline(__always)
  mutating func appendReserved(_ source: UnsafePointer<UInt8>, count: Int) {
    assert(count >= 0 && count + Self.block <= capacity - self.count)
    let end = start + self.count
    if count <= Self.block {
      Self.copyHalf(source, to: end)
      if count > Self.block / 2 {
        Self.copyHalf(source + Self.block / 2, to: end + Self.block / 2)
      }
    } else {
      end.initialize(from: source, count: count)
    }
    self.count &+= count
  }

  @inline(__always)
  private static func copyHalf(
    _ source: UnsafePointer<UInt8>, to end: UnsafeMutablePointer<UInt8>
  ) {
    UnsafeMutableRawPointer(end).storeBytes(
      of: UnsafeRawPointer(source).loadUnaligned(as: Half.self), as: Half.self)
  }

  /// Appends the bytes of other memory.
  mutating func append(contentsOf source: UnsafeBufferPointer<UInt8>) {
    guard let first = source.baseAddress else { return }
    reserve(source.count)
    (start + count).initialize(from: first, count: source.count)
    count += source.count
  }

  /// Appends the bytes of a range of another output.
  @inline(__always)
  mutating func append(_ other: borrowing ByteOutput, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= other.count)
    reserve(range.count)
    appendReserved(other.start + range.lowerBound, count: range.count)
  }

  mutating func append(_ byte: UInt8) {
    reserve(1)
    start[count] = byte
    count += 1
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }

  /// Appends a text as the content of a JSON string, without quotes.
  mutating func append(json text: String) {
    var text = text
    text.withUTF8 { bytes in JSON.writeContent(ofUTF8: bytes) { append(contentsOf: $0) } }
  }

  /// Appends a number in decimal digits.
  mutating func append(decimal value: Int64) {
    reserve(Decimal.longest)
    count += Decimal.write(
      value, to: UnsafeMutableBufferPointer(start: start, count: capacity), at: count)
  }

  /// Appends a point and the decimal places of a number below 1, without zeros at their end.
  ///
  /// - Parameters:
  ///   - numerator: Below `scale`.
  ///   - scale: A power of ten, at most 10⁹.
  mutating func append(fraction numerator: Int64, of scale: Int64) {
    let point = count
    // The first digit keeps the zeros behind it; the point takes its place.
    append(decimal: scale + numerator)
    start[point] = UInt8(ascii: ".")
    while last == UInt8(ascii: "0") { count -= 1 }
  }

  /// Removes what was appended after it had so many bytes.
  mutating func shorten(to count: Int) {
    precondition(0...self.count ~= count)
    self.count = count
  }

  /// Moves to memory of twice the size, or more.
  private mutating func grow(by more: Int) {
    let capacity = max(capacity * 2, count + more + Self.block)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.initialize(from: start, count: count)
    if hasMoved { start.deallocate() }
    (start, self.capacity, hasMoved) = (larger, capacity, true)
  }
}
