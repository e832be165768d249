import HTTPServer

/// The routes that answer in HTML. They need no admin token.
enum PageRoutes {
  /// The page shows nothing by itself: what it asks for needs the token.
  static let page = ControlRoute(.get, "", isOpen: true) { call in
    // What the page asks for stands beside it, and so needs the last slash.
    call.request.path.hasSuffix("/") ? answer : ControlAnswer(redirect: "/_mock/")
  }

  private static let answer: ControlAnswer = {
    let html = Array(EmbeddedFiles.file("page"))
    return ControlAnswer(html: html, policy: PagePolicy.text(for: html))
  }()

  /// The pages that `html` links lead to. Whoever has an answer may follow its link.
  static let result = ControlRoute(.get, "results/{id}/{page}", isOpen: true) {
    call throws(ControlError) in
    ControlAnswer(html: try call.operations.results.html(call.parameters[0], call.parameters[1]))
  }
}
