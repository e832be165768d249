/// An absolute http or https address, parsed as far as the contract requires.
public struct WebAddress: Sendable {
  /// Whether the scheme is https.
  public let isSecure: Bool
  /// The host without port and brackets, in lower case.
  public let host: String
  /// The port, or the scheme's default when the address has none.
  public let port: Int
  /// Host and port as in a `Host` field.
  public let hostAndPort: String
  /// From the first slash to the query; empty when there is none.
  public let path: String
  public let query: QueryString
  /// The request target for the address: path and query.
  public let target: String

  /// - Returns: nil for anything but an absolute http or https address with a host.
  public init?(_ text: String) {
    guard Self.isAbsolute(text), let colon = text.firstIndex(of: ":") else { return nil }
    isSecure = text[..<colon].lowercased() == "https"
    let rest = text[colon...].dropFirst(3)
    let authority = rest.prefix { !"/?#".contains($0) }
    hostAndPort = String(authority.split(separator: "@").last ?? "")
    let afterHost =
      hostAndPort.hasPrefix("[")
      ? hostAndPort.drop { $0 != "]" }.dropFirst() : hostAndPort.drop { $0 != ":" }
    host = hostAndPort[..<afterHost.startIndex].lowercased().filter { $0 != "[" && $0 != "]" }
    port = Int(afterHost.dropFirst()) ?? (isSecure ? 443 : 80)
    let wanted = rest[authority.endIndex...].prefix { $0 != "#" }
    path = String(wanted.prefix { $0 != "?" })
    let question = wanted.contains("?") ? String(wanted.drop { $0 != "?" }.dropFirst()) : nil
    query = QueryString(question)
    target = (path.isEmpty ? "/" : path) + (question.map { "?" + $0 } ?? "")
  }

  /// Whether a text is an absolute http or https address with a host that contains only characters
  /// allowed in an address (RFC 3986).
  public static func isAbsolute(_ text: String) -> Bool {
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
      let inner = text.dropFirst().prefix { $0 != "]" }
      guard !inner.isEmpty, !inner.contains("["), inner.endIndex < text.endIndex else {
        return false
      }
      let end = inner.endIndex
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
