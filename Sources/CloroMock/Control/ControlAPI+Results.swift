import HTTPServer
import JSON
import Simulation

extension ControlAPI {
  /// The pages that `html` links lead to. Whoever has an answer may follow its link, so they need no
  /// admin token.
  static let resultRoute = ControlRoute(.get, "results/{id}/{page}", isOpen: true) {
    call throws(ControlError) in
    let name = call.parameters[1]
    guard let id = Identifier(text: call.parameters[0]), name.hasPrefix("page-"),
      name.hasSuffix(".html"), let number = Int(name.dropFirst(5).dropLast(5)),
      let page = call.api.pages.html(id, page: number, at: call.api.clock.now)
    else { throw .notFound("There is no such result, or its 24 hours are over.") }
    return ControlAnswer(html: page)
  }
}
