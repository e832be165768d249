import JSON

extension MonitorRequest {
  /// The result of checking a body.
  public enum Validated: Sendable {
    case valid(MonitorRequest)
    /// Every failing field: each by itself in the order of the contract's fields, then those that
    /// fail together, then unknown ones if they are refused.
    case invalid([FieldIssue])
  }

  /// Checks the body of a provider's request against the contract, as cloro's schemas do. [source]
  ///
  /// Defaults are filled in, except for `include.aioverview`, whose mere presence counts.
  ///
  /// - Parameters:
  ///   - body: The parsed body.
  ///   - provider: The provider it is for.
  ///   - revision: The contract to check against.
  ///   - prefix: The prefix of each field's name, e.g. `payload.`; empty by default.
  ///   - unknownMembers: What becomes of members that the request doesn't have. The default is
  ///     `ignore`.
  ///   - ignored: Collects those that are ignored.
  public static func validate(
    _ body: JSON, for provider: Provider, in revision: ContractRevision, prefix: String = "",
    unknownMembers: UnknownMembers = .ignore, ignored: inout IgnoredMembers
  ) -> Validated {
    var validation = RequestValidation(
      provider, prefix: prefix, terms: provider.row.terms[revision],
      texts: ValidationTexts(revision: revision), unknownMembers)
    validation.ignored = ignored
    let validated = validation.run(body)
    ignored = validation.ignored
    return validated
  }

  /// The issues of a body that is no JSON text.
  public static func notJSON(in revision: ContractRevision) -> [FieldIssue] {
    [FieldIssue("", ValidationTexts(revision: revision).notJSON)]
  }
}

private struct RequestValidation {
  /// What the rules between members compare: the values as they were sent, without white space
  /// around them. nil stands for a member that wasn't sent.
  private struct Sent {
    var question: String?
    var url: String?
    var country: String?
    var gl: String?
    var hl: String?
    var state: String?
    var location: String?
    var uule: String?
    var pages: Double?
  }

  let prefix: String
  let terms: ProviderTerms
  let texts: ValidationTexts
  let unknownMembers: UnknownMembers
  var ignored = IgnoredMembers()
  private var request: MonitorRequest
  private var issues: [FieldIssue] = []
  private var sent = Sent()
  /// Whether a member is missing or of a wrong type, so that the rules between members aren't
  /// checked.
  private var isBroken = false

  init(
    _ provider: Provider, prefix: String, terms: ProviderTerms, texts: ValidationTexts,
    _ unknownMembers: UnknownMembers
  ) {
    self.prefix = prefix
    self.terms = terms
    self.texts = texts
    self.unknownMembers = unknownMembers
    request = MonitorRequest(
      provider: provider, question: "", country: "", device: terms.device, pages: terms.pages)
  }

  private mutating func fail(_ field: String, _ message: String) {
    guard !issues.isFull else { return }
    issues.append(FieldIssue(prefix + field, message))
  }

  /// Notes that a member is missing or of a wrong type.
  private mutating func reject(_ field: String, _ message: String) {
    isBroken = true
    fail(field, message)
  }

  /// Notes that a member breaks a rule between members. What has failed by itself isn't listed
  /// again: the details name each field once. [2026-10, section 3]
  private mutating func failTogether(_ field: String, _ message: String) {
    guard !issues.contains(where: { $0.field == prefix + field }) else { return }
    fail(field, message)
  }

  mutating func run(_ body: JSON) -> MonitorRequest.Validated {
    guard let object = body.object else {
      let field = prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix
      return .invalid([FieldIssue(field, texts.notAnObject)])
    }
    for field in terms.fields {
      if let value = object[field.name] {
        take(value, field)
      } else if field.isRequired {
        reject(field.name, missing(field))
      }
    }
    request.country = (sent.gl ?? sent.country ?? "").uppercased()
    if !isBroken { for rule in terms.rules { check(rule) } }
    for member in object.members where !terms.fields.contains(where: { $0.name == member.name }) {
      noteUnknown(member.name)
    }
    return issues.isEmpty ? .valid(request) : .invalid(issues)
  }

  private func missing(_ field: RequestField) -> String {
    switch field.kind {
    case .question: texts.empty(field.name)
    case .country: texts.noCountry
    default: texts.missing("string")
    }
  }

  /// Notes a member that the object doesn't have.
  ///
  /// - Parameter path: The path to the object with a dot at its end, or nothing.
  private mutating func noteUnknown(_ name: String, in path: String = "") {
    switch unknownMembers {
    case .ignore: ignored.note(prefix + path + name)
    case .refuse: fail(path + name, texts.unknown(name))
    }
  }

  // MARK: Single fields

  private mutating func take(_ value: JSON, _ field: RequestField) {
    switch field.kind {
    case .question(let length):
      guard let text = value.string else { return reject(field.name, texts.empty(field.name)) }
      question(text, field.name, length)
    case .country:
      guard let code = text(value, field.name) else { return }
      sent.country = code
      country(code, field.name)
    case .otherCountry:
      guard let code = text(value, field.name)?.trimmed else { return }
      sent.gl = code
      // Some letters outside ASCII become two ASCII letters in upper case.
      let isPlain = code.utf8.allSatisfy { $0 < 0x80 }
      country(isPlain ? code.uppercased() : code, field.name)
    case .language:
      sent.hl = text(value, field.name)?.trimmed.lowercased()
      request.hl = sent.hl.flatMap { $0.isEmpty ? nil : $0 }
    case .state: sent.state = text(value, field.name)
    case .location:
      sent.location = text(value, field.name)?.trimmed
      request.location = sent.location.flatMap { $0.isEmpty ? nil : $0 }
    case .uule:
      sent.uule = text(value, field.name)?.trimmed
      request.uule = sent.uule.flatMap { $0.isEmpty ? nil : $0 }
    case .device(let devices, _):
      guard let name = text(value, field.name) else { return }
      guard let device = devices.first(where: { $0.rawValue == name }) else {
        return reject(field.name, texts.notOneOf(devices.map(\.rawValue), name))
      }
      request.device = device
    case .pages(let most, _): pages(value, field.name, most)
    case .legacy:
      if let flag = boolean(value, field.name) { request.legacy = flag }
    case .disableWebSearch:
      if let flag = boolean(value, field.name) { request.disableWebSearch = flag }
    case .include(let flags): include(value, flags)
    case .search: sent.url = text(value, field.name)?.trimmed
    }
  }

  /// The length is looked at before the text is trimmed, so a blank text isn't too short. [source]
  private mutating func question(_ text: String, _ name: String, _ length: ClosedRange<Int>) {
    sent.question = text.trimmed
    request.question = sent.question ?? ""
    // A scalar has one to four bytes, so most texts are within the limits by their bytes alone and
    // needn't be counted.
    let bytes = text.utf8.count
    guard bytes < length.lowerBound * 4 || bytes > length.upperBound else { return }
    let count = text.unicodeScalars.count
    if count < length.lowerBound { fail(name, texts.empty(name)) }
    if count > length.upperBound { fail(name, texts.tooLong(name, length.upperBound)) }
  }

  private mutating func country(_ code: String, _ name: String) {
    switch Country.standing(of: code, for: terms) {
    case .supported: break
    case .blocked: fail(name, texts.blockedCountry)
    case .unknown: fail(name, texts.unknownCountry)
    }
  }

  private mutating func pages(_ value: JSON, _ name: String, _ most: Int64) {
    switch texts.positive(value, atMost: most) {
    case .success(let number):
      sent.pages = number
      request.pages = Int(number.rounded(.up))
    case .failure(let message):
      sent.pages = value.number
      if value.number == nil { reject(name, message.text) } else { fail(name, message.text) }
    }
  }

  private mutating func text(_ value: JSON, _ name: String) -> String? {
    if value.string == nil { reject(name, texts.wrongType("string", value)) }
    return value.string
  }

  private mutating func boolean(_ value: JSON, _ name: String) -> Bool? {
    if value.bool == nil { reject(name, texts.wrongType("boolean", value)) }
    return value.bool
  }

  private mutating func include(_ value: JSON, _ flags: [Include.Named]) {
    guard let object = value.object else {
      return reject("include", texts.wrongType("object", value))
    }
    for (name, flag) in flags {
      guard let value = object[name] else { continue }
      if flag == .aiOverview {
        aiOverview(value)
      } else if boolean(value, "include.\(name)") == true {
        request.include.insert(flag)
      }
    }
    for member in object.members where !flags.contains(where: { $0.name == member.name }) {
      noteUnknown(member.name, in: "include.")
    }
  }

  /// `true` is the object without markdown; `false` is no object. [source]
  private mutating func aiOverview(_ value: JSON) {
    if let isAsked = value.bool {
      if isAsked { request.include.insert(.aiOverview) }
      return
    }
    guard let object = value.object, object["markdown"].map({ $0.bool != nil }) != false else {
      return reject("include.aioverview", texts.noForm)
    }
    request.include.insert(.aiOverview)
    if object["markdown"] == true { request.include.insert(.aiOverviewMarkdown) }
    for member in object.members where member.name != "markdown" {
      noteUnknown(member.name, in: "include.aioverview.")
    }
  }

  // MARK: Rules between members

  private mutating func check(_ rule: MemberRule) {
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

// MARK: - Again

extension MonitorRequest {
  /// What is wrong with a stored question when it is validated again, in the contract that holds
  /// then: cloro's scheduler does so when it picks a task up. [source]
  ///
  /// What is stored is what the first validation has made of the payload, so a blank text has
  /// become an empty one, and members that were ignored are gone.
  ///
  /// - Parameter prefix: The prefix of each field's name; empty by default.
  /// - Returns: Every failing field; none in most cases, because the question was valid before.
  public func issuesOfRecheck(in revision: ContractRevision, prefix: String = "") -> [FieldIssue] {
    var ignored = IgnoredMembers()
    let again = Self.validate(
      stored, for: provider, in: revision, prefix: prefix, ignored: &ignored)
    return if case .invalid(let issues) = again { issues } else { [] }
  }

  /// The question as a payload again.
  private var stored: JSON {
    let isSearch = provider == .google || provider == .googleNews
    var payload: JSONObject = [
      isSearch ? "query" : "prompt": .string(question), "country": .string(country),
    ]
    for (name, text) in [("state", state), ("location", location), ("uule", uule), ("hl", hl)] {
      if let text { payload.append(name, .string(text)) }
    }
    if device != .desktop { payload.append("device", .string(device.rawValue)) }
    if pages != 1 { payload.append("pages", JSON(pages)) }
    if legacy { payload.append("legacy", true) }
    if disableWebSearch { payload.append("disableWebSearch", true) }
    var flags = JSONObject()
    for (name, flag) in Include.named where include.contains(flag) {
      if flag == .aiOverviewMarkdown {
        flags["aioverview"] = ["markdown": true]
      } else {
        flags.append(name, true)
      }
    }
    if !flags.members.isEmpty { payload.append("include", .object(flags)) }
    return .object(payload)
  }
}
