/// A Google web search that a request gives by its full address (2026-10, section 6), taken apart
/// as cloro's own schema does it. [source]
struct GoogleSearch: Sendable, Hashable {
  /// The first `q`, without white space around it; never empty.
  let question: String
  /// `gl` in capitals; nil when the address has none.
  let country: String?
  /// `hl` in lower case; nil when the address has none.
  let language: String?
  /// The encoded place. A plus sign in it stays one, although it means a space in a query.
  let uule: String?
  /// Result pages, 1…10: as many as `num` results take.
  let pages: Int

  /// Why an address is not accepted, in the order in which that is found out.
  enum Refusal: Error, CaseIterable {
    case malformed
    case otherHost
    case otherPath
    /// `tbm` asks for another kind of search; news has an endpoint of its own.
    case otherKind
    case noQuestion
  }

  /// Results on a page of Google's.
  private static let resultsPerPage = 10
  private static let mostPages = 10

  init(_ text: String) throws(Refusal) {
    guard let address = BrowserAddress(text) else { throw .malformed }
    guard Self.isSearchHost(address.host) else { throw .otherHost }
    guard address.path == "/search" else { throw .otherPath }
    let parameters = QueryString(address.query)
    guard parameters["tbm"] == nil else { throw .otherKind }
    func value(_ name: String) -> String? {
      parameters[name].map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let question = value("q") else { throw .noQuestion }
    self.question = question
    country = value("gl")?.uppercased()
    language = value("hl")?.lowercased()
    uule = Self.undecoded("uule", in: address.query)
    pages = Self.pages(for: parameters["num"])
  }

  /// The number of pages for a number of results.
  private static func pages(for text: String?) -> Int {
    let count = text.flatMap(integerPrefix) ?? resultsPerPage
    let results = count < 0 ? resultsPerPage : count
    return min(mostPages, max(1, results / resultsPerPage + (results % resultsPerPage).signum()))
  }

  /// The whole number with which a text begins, as JavaScript's `parseInt` reads it: 30 of `30abc`.
  private static func integerPrefix(_ text: String) -> Int? {
    var rest = text.trimmed[...]
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    let digits = rest.prefix { "0"..."9" ~= $0 && $0.isASCII }
    guard !digits.isEmpty else { return nil }
    // A number that doesn't fit is at any rate more than ten pages.
    let number = Int(digits) ?? .max
    return isNegative ? -number : number
  }

  /// A parameter whose value is percent-decoded, but not as form data.
  private static func undecoded(_ name: String, in query: String) -> String? {
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard QueryString.decode(parts[0], isForm: false) == name else { continue }
      let value = parts.count == 2 ? QueryString.decode(parts[1], isForm: false).trimmed : ""
      return value.isEmpty ? nil : value
    }
    return nil
  }

  /// google.com, google.de, google.co.uk, google.com.au and so on, with or without www.
  private static func isSearchHost(_ host: String) -> Bool {
    var labels = host.split(separator: ".", omittingEmptySubsequences: false)
    if labels.first == "www" { labels.removeFirst() }
    guard labels.count >= 2, labels[0] == "google" else { return false }
    return labels.dropFirst().allSatisfy { label in
      2...3 ~= label.utf8.count && label.utf8.allSatisfy { 0x61...0x7A ~= $0 }
    }
  }
}
