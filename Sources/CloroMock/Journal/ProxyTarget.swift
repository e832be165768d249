import CloroContract

/// The host, and the port if one is given, that a proxy is asked for.
struct ProxyTarget: Equatable {
  /// The name, or the address without brackets, as it was written.
  let host: String
  /// nil when none is given.
  let port: Int?

  /// - Parameter authority: `host` or `host:port`, as the parser has checked it.
  init(_ authority: String) {
    // An address in brackets has colons of its own.
    let colon = authority.lastIndex(of: ":").flatMap { index in
      authority[index...].contains("]") ? nil : index
    }
    let name = colon.map { authority[..<$0] } ?? authority[...]
    host = String(name.hasPrefix("[") ? name.dropFirst().dropLast() : name)
    port = colon.flatMap { Int(authority[authority.index(after: $0)...]) }
  }

  /// The name without regard to case, and without the dot that ends a whole one (RFC 1034, section
  /// 3.1).
  var name: String {
    let name = host.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }

  /// Whether it is the host of cloro's API, at whatever port.
  var isService: Bool { name == ServiceAddress.host }
}
