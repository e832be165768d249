/// The rules between members. They compare the texts as they were sent. [source]
extension RequestValidation {
  mutating func check(_ rule: MemberRule) {
    switch rule {
    case .state: checkState()
    case .places:
      if request.location != nil, request.uule != nil { failTogether("uule", texts.bothPlaces) }
    case .country:
      checkAgreement()
      if !hasCountry { failTogether("gl", texts.noGl) }
    case .search: checkSearch()
    }
  }

  /// An empty text counts as none, as it does in JavaScript.
  private static func has(_ text: String?) -> Bool { text.map(\.isEmpty) == false }

  private var hasCountry: Bool { Self.has(sent.country) || Self.has(sent.gl) }

  private mutating func checkState() {
    guard let state = sent.state?.uppercased() else { return }
    let country = (sent.country ?? "").uppercased()
    let states = USState.states(of: country, in: texts.revision)
    if states.isEmpty { return failTogether("state", texts.noStates(in: country)) }
    // The lengths are compared too, because Swift considers some longer texts equal to two letters.
    guard states.contains(where: { $0.code == state }), state.utf8.count == 2 else {
      return failTogether("state", texts.badState(of: country))
    }
    request.state = state
  }

  private mutating func checkAgreement() {
    guard let country = sent.country, let gl = sent.gl, !country.isEmpty, !gl.isEmpty,
      country.uppercased() != gl.uppercased()
    else { return }
    failTogether("gl", texts.countryDiffers(country, gl))
  }

  private mutating func checkSearch() {
    checkAgreement()
    guard Self.has(sent.question) || Self.has(sent.url) else {
      return failTogether("query", texts.neitherQueryNorURL)
    }
    guard let url = sent.url, !url.isEmpty else {
      if !hasCountry { failTogether("gl", texts.noGl) }
      return
    }
    do throws(GoogleSearch.Refusal) {
      let search = try GoogleSearch(url)
      checkOwned(by: search)
      checkLanguageAndCountry(beside: search)
      request.question = search.question
      request.pages = search.pages
      request.uule = search.uule
      request.hl = request.hl ?? search.language
    } catch {
      checkOwned(by: nil)
      failTogether("url", text(of: error))
    }
  }

  /// Query, places and pages belong to the address. Beside it they may only say the same.
  ///
  /// - Parameter search: nil for an address that isn't accepted.
  private mutating func checkOwned(by search: GoogleSearch?) {
    if let query = sent.question, query != search?.question { failOwned("query") }
    if sent.location != nil { failOwned("location") }
    if let uule = sent.uule, uule != search?.uule { failOwned("uule") }
    if let pages = sent.pages, pages != search.map({ Double($0.pages) }) { failOwned("pages") }
  }

  private mutating func failOwned(_ field: String) { failTogether(field, texts.besideURL(field)) }

  private mutating func checkLanguageAndCountry(beside search: GoogleSearch) {
    if let language = search.language, let hl = request.hl, hl != language { failOwned("hl") }
    if hasCountry {
      let isGl = Self.has(sent.gl)
      let code = ((isGl ? sent.gl : sent.country) ?? "").uppercased()
      if let country = search.country, country != code { failOwned(isGl ? "gl" : "country") }
    } else if let country = search.country {
      if Country.isKnown(country) {
        request.country = country
      } else {
        failTogether("gl", texts.badDerivedCountry(country))
      }
    } else {
      failTogether("gl", texts.noGlBesideURL)
    }
  }

  private func text(of refusal: GoogleSearch.Refusal) -> String {
    switch refusal {
    case .malformed: texts.malformedSearch
    case .otherHost: texts.otherSearchHost
    case .otherPath: texts.otherSearchPath
    case .otherKind: texts.otherSearchKind
    case .noQuestion: texts.searchWithoutQuestion
    }
  }
}
