import HTTPServer

/// Keeps web pages of other sites from using a double whose control API is open: from changing it,
/// and from reading its journal, its keys and its events.
///
/// A page that a developer visits can make the browser send requests to any address on the
/// developer's machine. The browser hides the answers from the page, unless the page's own name was
/// made to lead to that machine (DNS rebinding). Other clients send none of the fields that are
/// checked here, and name the double by an address or a private name, so they are never refused.
/// (Fetch Metadata, section 2.4; Fetch, section 3.2)
struct ForeignPage: Sendable {
  /// The name that the double listens on, by which it may be called though it is a public one.
  let ownName: String

  /// Whether a request comes from a page that isn't this double's own, or may.
  ///
  /// For `localhost` and https the browser itself says whether the page is of another site, and
  /// that decides. Otherwise the page's host and port must be those to which the request is
  /// addressed, and the host must not be a public name, because its owner could point it to the
  /// developer's machine. When a page reads from its own host, the browser names no page at all, so
  /// then the host alone decides.
  func sends(_ request: HTTPRequest) -> Bool {
    let reads = request.method == .get || request.method == .head
    if let site = request.fields["Sec-Fetch-Site"] {
      guard site != "same-origin", site != "none" else { return false }
      // Whoever follows a link sees the answer, and the page with the link doesn't.
      return !(reads && request.fields["Sec-Fetch-Mode"] == "navigate")
    }
    let host = request.fields["Host"]?.lowercased()
    guard let origin = request.fields["Origin"] else {
      return reads && host.map(isPublicName) ?? false
    }
    guard let separator = origin.firstRange(of: "://") else { return true }
    let authority = origin[separator.upperBound...].lowercased()
    return authority != host || isPublicName(authority)
  }

  /// Suffixes of names that nobody can own on the Internet (RFC 6761, RFC 6762, RFC 8375, those
  /// that ICANN doesn't delegate, and what Kubernetes gives to services), and of those that belong
  /// to cloro, under which a stand-in for its API is called.
  private static let harmless = [
    ["localhost"], ["local"], ["internal"], ["test"], ["home", "arpa"], ["lan"], ["home"], ["corp"],
    ["mail"], ["svc"], ["cloro", "dev"],
  ]

  /// Whether a host, with or without a port, is a name that somebody may own: neither an address
  /// nor a single label, such as a container's name.
  private func isPublicName(_ authority: String) -> Bool {
    guard !authority.hasPrefix("[") else { return false }
    let name = authority.prefix { $0 != ":" }
    let labels = name.split(separator: ".")
    guard labels.count > 1, let last = labels.last, name != ownName.lowercased() else {
      return false
    }
    // No top-level domain is a number or has an underscore, as networks of containers do.
    guard !last.allSatisfy({ $0.isASCII && $0.isNumber }), !last.contains("_") else { return false }
    return !Self.harmless.contains { suffix in
      labels.suffix(suffix.count).map(String.init) == suffix
    }
  }
}
