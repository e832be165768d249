import Simulation

/// The pages behind the `html` links of results.
struct ResultOperations: Sendable {
  let pages: ResultPages
  let clock: MockClock

  /// A page in HTML.
  ///
  /// - Parameters:
  ///   - id: The result's identifier.
  ///   - page: The file's name, e.g. `page-2.html`.
  func html(_ id: String, _ page: String) throws(ControlError) -> [UInt8] {
    guard let id = Identifier(text: id), page.hasPrefix("page-"), page.hasSuffix(".html"),
      let number = Int(page.dropFirst(5).dropLast(5)),
      let html = pages.html(id, page: number, at: clock.now)
    else { throw .notFound("There is no such result, or its 24 hours are over.") }
    return html
  }
}
