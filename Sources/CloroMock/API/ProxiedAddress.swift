import HTTPServer

/// What a proxy before the double says of the address that the client uses: `X-Forwarded-Proto` and
/// `X-Forwarded-Host`, or `Forwarded` (RFC 7239). Only a proxy on this machine is believed, because
/// anybody else could make links lead elsewhere.
struct ProxiedAddress: Equatable {
  /// Whether the client speaks https, to the proxy if there is one, else to the double.
  var isSecure: Bool
  /// The host and port that the client uses, where they aren't in the `Host` field.
  var host: String?

  /// - Parameters:
  ///   - isSecure: Whether the connection itself speaks TLS.
  ///   - isTrusted: Whether the request comes from this machine; asked only when needed.
  init(_ fields: HTTPFields, isSecure: Bool, isTrusted: () -> Bool) {
    self.isSecure = isSecure
    let forwarded = fields["Forwarded"].map(Self.parameters) ?? [:]
    let scheme = fields["X-Forwarded-Proto"].map(Self.first) ?? forwarded["proto"]
    let host = fields["X-Forwarded-Host"].map(Self.first) ?? forwarded["host"]
    guard scheme != nil || host != nil, isTrusted() else { return }
    if let scheme { self.isSecure = scheme.lowercased() == "https" }
    self.host = host.flatMap { Authority.isValid($0) ? $0 : nil }
  }

  /// The first element of a list, which the proxy nearest to the client has written.
  private static func first(_ list: String) -> String {
    trimmed(list.prefix { $0 != "," })
  }

  /// The parameters of the first element of `Forwarded`, by their names in lower case.
  private static func parameters(_ list: String) -> [String: String] {
    var parameters: [String: String] = [:]
    for pair in list.prefix(while: { $0 != "," }).split(separator: ";") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let value = trimmed(parts[1])
      let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
      parameters[trimmed(parts[0]).lowercased()] =
        isQuoted ? String(value.dropFirst().dropLast()) : value
    }
    return parameters
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
