/// Links of Google's that the contract accepts (2026-10, section 6).
enum GoogleLink {
  /// A web search given by its full address.
  struct Search: Sendable {
    let question: String
    /// The country in capitals; nil when the address names none.
    let country: String?
    let language: String?
    /// The number of result pages, 1…10, computed from `num` in whole tens.
    let pages: Int
  }

  /// Why an address is not accepted as a web search.
  enum Refusal: Error {
    case notASearch
    case emptyQuestion
    /// `tbm` asks for another kind of search; news has an endpoint of its own.
    case otherKind
  }

  static func search(_ text: String) -> Result<Search, Refusal> {
    guard let address = WebAddress(text), isSearchHost(address.host), address.path == "/search"
    else { return .failure(.notASearch) }
    guard let question = address.query["q"], !question.isEmpty else {
      return .failure(.emptyQuestion)
    }
    guard address.query["tbm"] == nil else { return .failure(.otherKind) }
    let depth = min(100, max(1, address.query["num"].flatMap { Int($0) } ?? 10))
    return .success(
      Search(
        question: question, country: address.query["gl"]?.uppercased(),
        language: address.query["hl"], pages: (depth - 1) / 10 + 1))
  }

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

  /// google.com, google.de, google.co.uk, google.com.au and so on, with or without www.
  private static func isSearchHost(_ host: String) -> Bool {
    var labels = host.split(separator: ".", omittingEmptySubsequences: false)
    if labels.first == "www" { labels.removeFirst() }
    guard labels.count == 2 || labels.count == 3, labels[0] == "google" else { return false }
    return labels.dropFirst().allSatisfy { label in
      2...3 ~= label.count && label.utf8.allSatisfy { 0x61...0x7A ~= $0 }
    }
  }
}
