/// Redirect links of Google's that the contract accepts (2026-10, section 6).
enum GoogleLink {
  /// The target of a redirect link, if the link contains it: `https://www.google.com/goto?url=…` or
  /// `/url?q=…`.
  static func target(of text: String) -> String? {
    guard let address = WebAddress(text) else { return nil }
    return [address.query["url"], address.query["q"]].compactMap { $0 }.first {
      WebAddress.isAbsolute($0)
    }
  }

  /// Whether a text is a redirect link of Google's.
  static func isRedirect(_ text: String) -> Bool {
    guard let address = WebAddress(text) else { return false }
    return ["google.com", "www.google.com"].contains(address.host)
      && ["/goto", "/url"].contains(address.path)
  }
}
