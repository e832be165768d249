import HTTPServer

/// The routes that answer in HTML. They need no admin token.
enum PageRoutes {
  /// The page itself contains no data; the calls that it makes need the token.
  static let page = ControlRoute(.get, "", isOpen: true) { call in
    // The page's relative links need the final slash.
    call.request.path.hasSuffix("/") ? answer : ControlAnswer(redirect: "/_mock/")
  }

  /// What a browser gets that asks for the root, which is no path of the API: the way to the page.
  ///
  /// - Returns: nil for everybody else.
  static func wayIn(_ request: HTTPRequest) -> HTTPResponse? {
    guard request.path == "/", request.method == .get || request.method == .head,
      accepts("text/html", request.fields["Accept"] ?? "")
    else { return nil }
    return ControlAnswer(redirectOnce: "/_mock/").response
  }

  /// Whether a media type is named in an `Accept` field, and not with a quality of 0 (RFC 9110,
  /// section 12.5.1). `*/*` doesn't name it: programs send that.
  private static func accepts(_ type: String, _ field: String) -> Bool {
    field.lowercased().split(separator: ",").contains { range in
      let words = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      return words.first == type
        && !words.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
    }
  }

  private static let answer: ControlAnswer = {
    let html = page(Array(EmbeddedFiles.file("page")), withManualAt: EmbeddedFiles.manual)
    return ControlAnswer(html: html, policy: PagePolicy.text(for: html))
  }()

  /// The page, which leads to the manual where that is published; without an address, to the text
  /// of it that every double has.
  static func page(_ html: [UInt8], withManualAt address: String?) -> [UInt8] {
    guard let address else { return html }
    let attribute = address.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    let text = String(decoding: html, as: UTF8.self)
    return Array(text.replacing(#"href="llms-full.txt""#, with: "href=\"\(attribute)\"").utf8)
  }

  /// The pages behind `html` links. Anyone who has an answer may follow its link.
  static let result = ControlRoute(.get, "results/{id}/{page}", isOpen: true) {
    call throws(ControlError) in
    ControlAnswer(html: try call.operations.results.html(call.parameters[0], call.parameters[1]))
  }
}
