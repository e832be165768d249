import HTTPServer

/// Keeps web pages of other sites from changing a double whose control API is open.
///
/// A page that a developer visits can make the browser send a form, or text, to any address on the
/// developer's machine; the browser only hides the answer from the page. Other clients send none of
/// the fields that are checked here, so they are never refused. (Fetch Metadata, section 2.4;
/// Fetch, section 3.2)
enum ForeignPage {
  /// Whether a request that changes something comes from a page that isn't this double's own.
  ///
  /// For `localhost` and https the browser itself says whether the page is of another site, and
  /// that decides. Otherwise the page's host and port must be those to which the request is
  /// addressed, and the host must not be a public name, because its owner could point it to the
  /// developer's machine (DNS rebinding).
  static func sends(_ request: HTTPRequest) -> Bool {
    guard request.method != .get, request.method != .head else { return false }
    if let site = request.fields["Sec-Fetch-Site"] {
      return site != "same-origin" && site != "none"
    }
    guard let origin = request.fields["Origin"] else { return false }
    guard let separator = origin.firstRange(of: "://") else { return true }
    let authority = origin[separator.upperBound...].lowercased()
    guard let host = request.fields["Host"], authority == host.lowercased() else { return true }
    return isPublicName(authority)
  }

  /// Suffixes of names that nobody can own on the Internet (RFC 6761, RFC 6762, and ICANN's
  /// `internal`).
  private static let privateSuffixes: Set<Substring> = ["localhost", "local", "internal", "test"]

  /// Whether a host, with or without a port, is a name that somebody may own: neither an address
  /// nor a single label, such as a container's name.
  private static func isPublicName(_ authority: String) -> Bool {
    guard !authority.hasPrefix("[") else { return false }
    let labels = authority.prefix { $0 != ":" }.split(separator: ".")
    guard labels.count > 1, let last = labels.last else { return false }
    return !last.allSatisfy { $0.isASCII && $0.isNumber } && !privateSuffixes.contains(last)
  }
}
