/// An absolute http or https address, as far as the contract asks.
struct WebAddress {
  /// The host without port, in lower case.
  let host: String
  /// From the first slash; empty when there is none.
  let path: String
  let query: QueryString

  /// - Returns: nil for anything but an absolute http or https address with a host.
  init?(_ text: String) {
    guard Self.isAbsolute(text), let start = text.firstIndex(of: ":") else { return nil }
    let rest = text[start...].dropFirst(3)
    let authority = rest.prefix { !"/?#".contains($0) }
    let host = authority.split(separator: "@").last ?? ""
    self.host = host.prefix { $0 != ":" }.lowercased()
    let target = rest[authority.endIndex...].prefix { $0 != "#" }
    path = String(target.prefix { $0 != "?" })
    query = QueryString(target.contains("?") ? String(target.drop { $0 != "?" }.dropFirst()) : nil)
  }

  /// Whether a text is an absolute http or https address with a host, in characters that an address
  /// may have (RFC 3986).
  static func isAbsolute(_ text: String) -> Bool {
    guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !"\"<>\\^`{|}".utf8.contains($0) }) else {
      return false
    }
    let lower = text.lowercased()
    guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix) else { return false }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { !"/?#".contains($0) }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    return isHostAndPort(host)
  }

  private static func isHostAndPort(_ text: Substring) -> Bool {
    let port: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]"), text.index(after: text.startIndex) < end else {
        return false
      }
      port = text[text.index(after: end)...]
    } else {
      let host = text.prefix { $0 != ":" }
      guard !host.isEmpty, !host.contains(where: { "[]".contains($0) }) else { return false }
      port = text[host.endIndex...]
    }
    guard !port.isEmpty else { return true }
    guard port.hasPrefix(":"), port.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return false
    }
    return port.count == 1 || UInt16(port.dropFirst()) != nil
  }
}
