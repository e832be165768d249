import Bytes

extension JSON {
  /// The value as compact UTF-8 text.
  public var encoded: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(256)
    write(to: &output)
    return output
  }

  /// Appends the value as compact UTF-8 text.
  public func write(to output: inout [UInt8]) {
    switch self {
    case .null: output.append("null")
    case .bool(let value): output.append(value ? "true" : "false")
    case .integer(let number): output.append(decimal: number)
    case .decimal(let number): Self.write(number, to: &output)
    case .string(let text): Self.write(text, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.write(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let object):
      output.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        Self.write(member.name, to: &output)
        output.append(UInt8(ascii: ":"))
        member.value.write(to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  /// Appends a text as a JSON string with its quotes.
  public static func write(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    writeContent(of: text, to: &output)
    output.append(UInt8(ascii: "\""))
  }

  /// Appends a text as the content of a JSON string, without quotes.
  public static func writeContent(of text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { writeContent(ofUTF8: $0, to: &output) }
  }

  /// Appends a text in UTF-8 as the content of a JSON string, without quotes.
  public static func writeContent(
    ofUTF8 text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]
  ) {
    writeContent(ofUTF8: text) { output.append(contentsOf: $0) }
  }

  /// Writes a text in UTF-8 as the content of a JSON string, without quotes.
  ///
  /// - Parameter append: Is given one piece after the other, which is valid during the call.
  public static func writeContent(
    ofUTF8 text: UnsafeBufferPointer<UInt8>, _ append: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    // Piece by piece through the stack, because JSON as a text has a quote every few bytes, and
    // appending to an array costs more than a byte does.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pieceSize * longestEscape) { piece in
      var start = 0
      while start < text.count {
        let end = min(start + pieceSize, text.count)
        let bytes = UnsafeBufferPointer(rebasing: text[start..<end])
        start = end
        // Most texts are written as they are.
        guard bytes.contains(where: isEscaped) else {
          append(bytes)
          continue
        }
        var count = 0
        for byte in bytes { write(byte, to: piece, &count) }
        append(UnsafeBufferPointer(rebasing: piece[..<count]))
      }
    }
  }

  /// How many bytes of a text are written at a time, and how many one of them may become.
  private static let (pieceSize, longestEscape) = (512, 6)

  @inline(__always)
  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  @inline(__always)
  private static func write(
    _ byte: UInt8, to piece: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int
  ) {
    if !isEscaped(byte) {
      piece[count] = byte
      count += 1
      return
    }
    piece[count] = UInt8(ascii: "\\")
    count += 2
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): piece[count - 1] = byte
    case 0x0A: piece[count - 1] = UInt8(ascii: "n")
    case 0x0D: piece[count - 1] = UInt8(ascii: "r")
    case 0x09: piece[count - 1] = UInt8(ascii: "t")
    case 0x08: piece[count - 1] = UInt8(ascii: "b")
    case 0x0C: piece[count - 1] = UInt8(ascii: "f")
    default:
      piece[count - 1] = UInt8(ascii: "u")
      piece[count] = UInt8(ascii: "0")
      piece[count + 1] = UInt8(ascii: "0")
      piece[count + 2] = hexDigit(byte >> 4)
      piece[count + 3] = hexDigit(byte & 15)
      count += 4
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
