import Bytes
import JSON

/// Memory that bytes are appended to, for what is made of many small pieces.
///
/// An array asks with each piece whether it is shared and where its end is; here a piece costs one
/// comparison and the copy itself.
struct ByteOutput: ~Copyable {
  private var memory: UnsafeMutableBufferPointer<UInt8>
  /// How many bytes it has.
  private(set) var count = 0
  /// Whether it has outgrown the memory that it was given, and has its own.
  private(set) var hasMoved = false

  /// Creates an empty output.
  ///
  /// - Parameter memory: Where its bytes stand until they need more room: at least one byte. It is
  ///   the caller's, must outlive the output, and needn't be initialized.
  init(in memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

  deinit { if hasMoved { memory.deallocate() } }

  /// The bytes: valid until the next change.
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: memory[..<count]) }

  var last: UInt8? { count > 0 ? memory[count - 1] : nil }

  /// Whether a byte opens an array or object of JSON: no comma comes after it.
  static func opens(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  /// Appends the bytes of a range of other memory.
  @inline(__always)
  mutating func append(_ source: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    guard !range.isEmpty, let start = source.baseAddress else { return }
    precondition(range.lowerBound >= 0 && range.upperBound <= source.count)
    if range.count <= Self.block, source.count - range.lowerBound >= Self.block {
      appendBlock(UnsafeRawPointer(start + range.lowerBound))
    } else {
      makeRoom(for: range.count)
      (memory.baseAddress! + count).update(from: start + range.lowerBound, count: range.count)
    }
    count += range.count
  }

  /// How many bytes are copied in place of fewer, which a loop or a call would take longer for.
  private static let block = MemoryLayout<SIMD32<UInt8>>.size

  /// Copies a block to the end; what is too much of it is overwritten by what comes next.
  @inline(__always)
  private mutating func appendBlock(_ source: UnsafeRawPointer) {
    makeRoom(for: Self.block)
    UnsafeMutableRawPointer(memory.baseAddress! + count)
      .storeBytes(of: source.loadUnaligned(as: SIMD32<UInt8>.self), as: SIMD32<UInt8>.self)
  }

  mutating func append(contentsOf source: UnsafeBufferPointer<UInt8>) {
    append(source, 0..<source.count)
  }

  /// Appends the bytes of a range of another output.
  @inline(__always)
  mutating func append(_ other: borrowing ByteOutput, _ range: Range<Int>) {
    precondition(range.upperBound <= other.count)
    // A block may have some of the memory behind the other's bytes.
    append(UnsafeBufferPointer(other.memory), range)
  }

  mutating func append(_ byte: UInt8) {
    makeRoom(for: 1)
    memory[count] = byte
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
    makeRoom(for: Decimal.longest)
    count += Decimal.write(value, to: memory, at: count)
  }

  /// Appends a point and the decimal places of a number below 1, without zeros at their end.
  ///
  /// - Parameters:
  ///   - numerator: Below `scale`.
  ///   - scale: A power of ten, at most 10⁹.
  mutating func append(fraction numerator: Int64, of scale: Int64) {
    let start = count
    // The first digit keeps the zeros behind it; the point takes its place.
    append(decimal: scale + numerator)
    memory[start] = UInt8(ascii: ".")
    while last == UInt8(ascii: "0") { count -= 1 }
  }

  /// Removes what was appended after it had so many bytes.
  mutating func shorten(to count: Int) {
    precondition(0...self.count ~= count)
    self.count = count
  }

  @inline(__always)
  private mutating func makeRoom(for more: Int) {
    if memory.count - count < more { grow(by: more) }
  }

  /// Moves to memory of twice the size, or more.
  private mutating func grow(by more: Int) {
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: max(memory.count * 2, count + more))
    _ = larger.update(fromContentsOf: memory[..<count])
    if hasMoved { memory.deallocate() }
    memory = larger
    hasMoved = true
  }
}
