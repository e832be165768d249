/// An absolute http or https address as browsers and Node read it (WHATWG URL), which is more
/// lenient than ``WebAddress``: white space around it is dropped, a backslash is a slash, and the
/// query may contain any character.
struct BrowserAddress: Sendable {
  /// The host without port, decoded and in lower case.
  let host: String
  /// From the first slash to the query, with its dot segments resolved; at least `/`.
  let path: String
  /// What follows the question mark, up to the fragment; empty when there is nothing.
  let query: String

  /// - Returns: nil for what has another scheme or none, no valid host, or no valid port.
  init?(_ text: String) {
    var rest = Self.cleaned(text)[...]
    let scheme = rest.prefix { $0 != UInt8(ascii: ":") }
    guard ["http", "https"].contains(String(decoding: scheme, as: UTF8.self).lowercased()),
      scheme.count < rest.count
    else { return nil }
    rest = rest.dropFirst(scheme.count + 1).drop(while: Self.isSlash)
    let authority = rest.prefix { !Self.isSlash($0) && $0 != Self.question && $0 != Self.hash }
    guard let host = Self.host(of: authority) else { return nil }
    self.host = host
    rest = rest.dropFirst(authority.count).prefix { $0 != Self.hash }
    let pathBytes = rest.prefix { $0 != Self.question }
    path = Self.resolved(pathBytes)
    query = String(decoding: rest.dropFirst(pathBytes.count + 1), as: UTF8.self)
  }

  private static let question = UInt8(ascii: "?")
  private static let hash = UInt8(ascii: "#")

  private static func isSlash(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
  }

  /// The bytes without control characters and spaces around them, and without tabs and line ends.
  private static func cleaned(_ text: String) -> [UInt8] {
    var bytes = Array(text.utf8)[...].drop { $0 <= 0x20 }
    while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
    return bytes.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
  }

  private static func host(of authority: ArraySlice<UInt8>) -> String? {
    let start = authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? authority.startIndex
    let hostAndPort = authority[start...]
    var host = hostAndPort.prefix { $0 != UInt8(ascii: ":") }
    if hostAndPort.first == UInt8(ascii: "[") {
      guard let end = hostAndPort.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = hostAndPort[...end]
    }
    let port = hostAndPort.dropFirst(host.count)
    guard port.isEmpty || isPort(port) else { return nil }
    let text = QueryString.decode(
      Substring(decoding: host, as: UTF8.self), isForm: false
    ).lowercased()
    if text.hasPrefix("[") { return text }
    // The code points that no host may have.
    let isClean = text.utf8.allSatisfy { byte in
      byte > 0x20 && byte != 0x7F && !"#/:<>?@[\\]^|%".utf8.contains(byte)
    }
    return isClean && !text.isEmpty ? text : nil
  }

  /// Whether these bytes are a colon with a port behind it, which may be missing.
  private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
    let digits = bytes.dropFirst()
    guard bytes.first == UInt8(ascii: ":"), digits.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return false
    }
    let significant = digits.drop { $0 == 0x30 }
    return significant.isEmpty || UInt16(String(decoding: significant, as: UTF8.self)) != nil
  }

  private static func resolved(_ path: ArraySlice<UInt8>) -> String {
    let parts = path.dropFirst().split(omittingEmptySubsequences: false, whereSeparator: isSlash)
    var segments: [String] = []
    for (index, part) in parts.enumerated() {
      let segment = String(decoding: part, as: UTF8.self)
      let isLast = index == parts.count - 1
      switch segment.lowercased().replacing("%2e", with: ".") {
      case ".": if isLast { segments.append("") }
      case "..":
        if !segments.isEmpty { segments.removeLast() }
        if isLast { segments.append("") }
      default: segments.append(segment)
      }
    }
    return "/" + segments.joined(separator: "/")
  }
}
