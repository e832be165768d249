import CloroContract

/// The environment variables that lead a program to a double by the address of cloro's own API: the
/// double is its proxy, and an authority that it trusts.
struct ProxyVariables {
  /// The proxy's address, with the admin token in it if there is one.
  let proxy: String
  /// The file of the double's authority.
  let certificate: String
  /// The file of the system's authorities and the double's.
  let bundle: String

  /// - Parameters:
  ///   - url: The double's address, as a client on this machine can use it.
  ///   - token: The double's admin token.
  ///   - folder: Where the files are.
  init(url: String, token: String?, folder: String) {
    let credentials = token.map { "cloro-mock:\(Self.encoded($0))@" } ?? ""
    proxy = url.replacing("://", with: "://\(credentials)", maxReplacements: 1)
    certificate = "\(folder)/\(Self.fileNames[0])"
    bundle = "\(folder)/\(Self.fileNames[1])"
  }

  /// The names of the files.
  static let fileNames = ["ca.pem", "ca-bundle.pem"]

  /// All of them.
  ///
  /// - Parameter environment: What the program has now: hosts that it reaches without a proxy stay
  ///   so.
  func all(in environment: [String: String]) -> [(name: String, value: String)] {
    let direct = Self.noProxy(environment["NO_PROXY"], environment["no_proxy"])
    var variables = [
      ("HTTPS_PROXY", proxy), ("https_proxy", proxy), ("NO_PROXY", direct),
      // Node.js since 22.21 and 24.5 heeds the others with it.
      ("NODE_USE_ENV_PROXY", "1"),
      // Those two are trusted beside the program's own authorities.
      ("NODE_EXTRA_CA_CERTS", certificate), ("DENO_CERT", certificate),
      ("SSL_CERT_FILE", bundle), ("REQUESTS_CA_BUNDLE", bundle),
      ("CURL_CA_BUNDLE", bundle),
    ]
    // Where both are there, some programs heed this one.
    if environment["no_proxy"] != nil { variables.append(("no_proxy", direct)) }
    return variables
  }

  /// What is reached without a proxy: this machine, and what was before, but for anything that
  /// cloro's API would be among.
  private static func noProxy(_ lists: String?...) -> String {
    var hosts: [Substring] = []
    for list in lists + ["localhost,127.0.0.1,::1"] {
      for host in (list ?? "").split(whereSeparator: { $0 == "," || $0.isWhitespace })
      where !hosts.contains(host) && !coversService(host) {
        hosts.append(host)
      }
    }
    return hosts.joined(separator: ",")
  }

  private static func coversService(_ host: Substring) -> Bool {
    guard host != "*" else { return true }
    var name = host.lowercased().prefix { $0 != ":" }
    if name.hasPrefix("*") { name = name.dropFirst() }
    if name.hasPrefix(".") { name = name.dropFirst() }
    return name == ServiceAddress.host || !name.isEmpty && ServiceAddress.host.hasSuffix(".\(name)")
  }

  /// A text as a part of an address (RFC 3986, section 2.1).
  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
