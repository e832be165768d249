import HTTPServer

extension ControlAPI {
  /// The page shows nothing by itself, so it needs no admin token: what it asks for does.
  static let pageRoute = ControlRoute(.get, "", isOpen: true) { call in
    // What the page asks for stands beside it, and so needs the last slash.
    call.request.path.hasSuffix("/") ? page : ControlAnswer(redirect: "/_mock/")
  }

  private static let page: ControlAnswer = {
    let html = Array(EmbeddedFiles.file("page"))
    return ControlAnswer(html: html, policy: PagePolicy.text(for: html))
  }()
}
