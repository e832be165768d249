/// The parameters of a request target's query (`application/x-www-form-urlencoded`).
public struct QueryString: Sendable {
  /// Names and values in order, decoded.
  public let parameters: [(name: String, value: String)]

  /// Parameters that are decoded already.
  public init(_ parameters: [(name: String, value: String)]) { self.parameters = parameters }

  public init(_ query: String?) {
    parameters = (query ?? "").split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decode(parts[0]), parts.count == 2 ? Self.decode(parts[1]) : "")
    }
  }

  /// The first value of a name.
  public subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// Decodes percent-encoding. A percent sign that isn't followed by two hexadecimal digits stays
  /// as it is.
  ///
  /// - Parameter isForm: Whether a plus sign means a space, as it does in form data and therefore
  ///   in a query, but not in a path (RFC 3986, section 3.3). The default is true.
  public static func decode(_ text: Substring, isForm: Bool = true) -> String {
    // Most texts have nothing to decode.
    guard text.utf8.contains(UInt8(ascii: "%")) || isForm && text.utf8.contains(UInt8(ascii: "+"))
    else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
        digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-")
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(isForm && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
