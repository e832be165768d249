import HTTPServer

/// A request's place in its client's trace: the header `traceparent` of W3C Trace Context.
/// (https://www.w3.org/TR/trace-context/#traceparent-header)
struct TraceParent: Sendable, Equatable {
  /// The header's value as it was sent, without the white space around it.
  let text: String

  /// Reads a value. Of a version that is newer than 00 only what that version has in common with it
  /// is looked at, as the document asks for: more may follow after another dash.
  ///
  /// - Returns: nil for a value that a receiver has to ignore: one with capital letters, of version
  ///   ff, or whose trace or parent is all zeros.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= Self.length, Self.dashes.allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
      Self.parts.allSatisfy({ bytes[$0].allSatisfy(Self.isDigit) }),
      bytes[Self.traceID].contains(where: { $0 != UInt8(ascii: "0") }),
      bytes[Self.parentID].contains(where: { $0 != UInt8(ascii: "0") })
    else { return nil }
    switch text.utf8.prefix(2) {
    case let version where version.elementsEqual("00".utf8):
      guard bytes.count == Self.length else { return nil }
    case let version where version.elementsEqual("ff".utf8): return nil
    default:
      guard bytes.count == Self.length || bytes[Self.length] == UInt8(ascii: "-") else {
        return nil
      }
    }
    self.text = text
  }

  /// - Returns: nil when there is none that counts: no field, one that can't be read, or more than
  ///   one.
  init?(_ fields: HTTPFields) {
    guard let text = fields.soleValue(of: "traceparent") else { return nil }
    self.init(text)
  }

  /// Whether somebody who names a trace by its 32 digits, or a request by the whole value, means
  /// this one.
  func isNamed(by wanted: String) -> Bool {
    wanted.hasSameBytes(as: text)
      || wanted.utf8.elementsEqual(
        text.utf8.dropFirst(Self.traceID.lowerBound).prefix(Self.traceID.count))
  }

  /// The length of version 00 in bytes; newer ones are as long or longer.
  private static let length = 55
  private static let (traceID, parentID) = (3..<35, 36..<52)
  private static let parts = [0..<2, traceID, parentID, 53..<55]
  private static let dashes = [2, 35, 52]

  /// A hexadecimal digit, of which the document takes no capital ones.
  private static func isDigit(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
  }
}
