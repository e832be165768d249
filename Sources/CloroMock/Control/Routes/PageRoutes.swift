import HTTPServer

/// The routes that answer in HTML. They need no admin token.
enum PageRoutes {
  /// The page itself contains no data; the calls that it makes need the token.
  static let page = ControlRoute(.get, "", isOpen: true) { call in
    // The page's relative links need the final slash.
    call.request.path.hasSuffix("/") ? answer : ControlAnswer(redirect: "/_mock/")
  }

  private static let answer: ControlAnswer = {
    let html = Array(EmbeddedFiles.file("page"))
    return ControlAnswer(html: html, policy: PagePolicy.text(for: html))
  }()

  /// The pages behind `html` links. Anyone who has an answer may follow its link.
  static let result = ControlRoute(.get, "results/{id}/{page}", isOpen: true) {
    call throws(ControlError) in
    ControlAnswer(html: try call.operations.results.html(call.parameters[0], call.parameters[1]))
  }
}
