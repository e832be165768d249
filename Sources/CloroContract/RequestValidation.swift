import JSON

extension MonitorRequest {
  /// The result of checking a body.
  public enum Validated: Sendable {
    case valid(MonitorRequest)
    /// Every failing field, in the order of the contract's fields, unknown ones last.
    case invalid([FieldIssue])
  }

  /// Checks the body of a provider's request against the contract.
  ///
  /// Defaults are filled in, except for `include.aioverview`, whose mere presence counts.
  ///
  /// - Parameters:
  ///   - body: The parsed body.
  ///   - provider: The provider it is for.
  ///   - revision: The contract to check against.
  ///   - prefix: The prefix of each field's name, e.g. `payload.`; empty by default.
  public static func validate(
    _ body: JSON, for provider: Provider, in revision: ContractRevision, prefix: String = ""
  ) -> Validated {
    var validation = RequestValidation(
      provider, prefix: prefix, terms: provider.row.terms[revision],
      texts: ValidationTexts(revision: revision))
    return validation.run(body)
  }

  /// The issues of a body that is no JSON text.
  public static func notJSON(in revision: ContractRevision) -> [FieldIssue] {
    [FieldIssue("", ValidationTexts(revision: revision).notJSON)]
  }
}

private struct RequestValidation {
  let prefix: String
  let fields: [RequestField]
  let texts: ValidationTexts
  var request: MonitorRequest
  var issues: [FieldIssue] = []

  init(_ provider: Provider, prefix: String, terms: ProviderTerms, texts: ValidationTexts) {
    self.prefix = prefix
    self.texts = texts
    fields = terms.fields
    request = MonitorRequest(
      provider: provider, question: "", country: "", device: terms.device, pages: terms.pages)
  }

  mutating func fail(_ field: String, _ message: String) {
    guard !issues.isFull else { return }
    issues.append(FieldIssue(prefix + field, message))
  }

  mutating func run(_ body: JSON) -> MonitorRequest.Validated {
    guard let object = body.object else {
      let field = prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix
      return .invalid([FieldIssue(field, texts.notAnObject)])
    }
    let hasURL = has("url", object)
    let hasAlternative = has("gl", object)
    for field in fields {
      guard let value = object[field.name] else {
        if field.isRequired, !hasURL, !(field.name == "country" && hasAlternative) {
          fail(field.name, texts.missing("string"))
        }
        continue
      }
      take(value, field)
      checkTogether(object, at: field)
    }
    for member in object.members
    where !issues.isFull && !fields.contains(where: { $0.name == member.name }) {
      fail(member.name, texts.unknown(member.name))
    }
    return issues.isEmpty ? .valid(request) : .invalid(issues)
  }

  /// Whether a field is present and known.
  private func has(_ name: String, _ object: JSONObject) -> Bool {
    object[name] != nil && fields.contains { $0.name == name }
  }

  // MARK: Single fields

  private mutating func take(_ value: JSON, _ field: RequestField) {
    switch field.kind {
    case .question(let length):
      guard let text = text(value, field.name) else { return }
      // A scalar has one to four bytes, so most texts are within the limits by their bytes alone
      // and needn't be counted.
      let bytes = text.utf8.count
      if bytes < length.lowerBound * 4 || bytes > length.upperBound {
        let count = text.unicodeScalars.count
        if count < length.lowerBound { return fail(field.name, texts.empty(field.name)) }
        if count > length.upperBound { return fail(field.name, texts.tooLong(length.upperBound)) }
      }
      request.question = text
    case .country:
      guard let code = text(value, field.name) else { return }
      guard Country.isAccepted(code, in: texts.revision) else {
        return fail(field.name, texts.badCountry)
      }
      request.country = code
    case .otherCountry:
      guard let code = text(value, field.name) else { return }
      if request.country.isEmpty { request.country = code.uppercased() }
    case .language:
      if let language = text(value, field.name) { request.hl = language.lowercased() }
    case .state:
      guard let code = text(value, field.name) else { return }
      guard USState.isAccepted(code, in: texts.revision) else {
        return fail(field.name, texts.badState)
      }
      request.state = code
    case .location: request.location = text(value, field.name)
    case .uule: request.uule = text(value, field.name)
    case .device(let devices, _):
      guard let name = text(value, field.name) else { return }
      guard let device = devices.first(where: { $0.rawValue == name }) else {
        return fail(field.name, texts.notOneOf(devices.map(\.rawValue), name))
      }
      request.device = device
    case .pages(let range, _):
      switch texts.integer(value, in: range) {
      case .success(let number): request.pages = Int(number)
      case .failure(let message): fail(field.name, message.text)
      }
    case .legacy:
      if let flag = boolean(value, field.name) { request.legacy = flag }
    case .disableWebSearch:
      if let flag = boolean(value, field.name) { request.disableWebSearch = flag }
    case .include(let flags): include(value, flags)
    case .search(let length, let usualCountry):
      guard let text = text(value, field.name) else { return }
      search(text, field.name, length, usualCountry)
    }
  }

  /// The address determines the question and the number of pages; an explicit country takes
  /// precedence over the address's.
  private mutating func search(
    _ text: String, _ name: String, _ length: ClosedRange<Int>, _ usualCountry: String
  ) {
    switch GoogleLink.search(text) {
    case .success(let search):
      guard search.question.unicodeScalars.count <= length.upperBound else {
        return fail(name, texts.longSearch(length.upperBound))
      }
      request.question = search.question
      request.pages = search.pages
      request.hl = request.hl ?? search.language?.lowercased()
      if request.country.isEmpty { request.country = search.country ?? usualCountry }
    case .failure(let refusal):
      switch refusal {
      case .notASearch: fail(name, texts.badSearch)
      case .emptyQuestion: fail(name, texts.emptySearch)
      case .otherKind: fail(name, texts.otherSearch)
      }
    }
  }

  private mutating func text(_ value: JSON, _ name: String) -> String? {
    if value.string == nil { fail(name, texts.wrongType("string", value)) }
    return value.string
  }

  private mutating func boolean(_ value: JSON, _ name: String) -> Bool? {
    if value.bool == nil { fail(name, texts.wrongType("boolean", value)) }
    return value.bool
  }

  private mutating func include(_ value: JSON, _ flags: [Include.Named]) {
    guard let object = value.object else {
      return fail("include", texts.wrongType("object", value))
    }
    for (name, flag) in flags {
      guard let value = object[name] else { continue }
      if flag == .aiOverview {
        aiOverview(value)
      } else if boolean(value, "include.\(name)") == true {
        request.include.insert(flag)
      }
    }
    for member in object.members
    where !issues.isFull && !flags.contains(where: { $0.name == member.name }) {
      fail("include.\(member.name)", texts.unknown(member.name))
    }
  }

  private mutating func aiOverview(_ value: JSON) {
    guard let object = value.object else {
      return fail("include.aioverview", texts.wrongType("object", value))
    }
    request.include.insert(.aiOverview)
    if let value = object["markdown"], boolean(value, "include.aioverview.markdown") == true {
      request.include.insert(.aiOverviewMarkdown)
    }
    for member in object.members where !issues.isFull && member.name != "markdown" {
      fail("include.aioverview.\(member.name)", texts.unknown(member.name))
    }
  }

  // MARK: Fields together

  /// The rules about several fields, which the contract states in prose; each is checked at the
  /// later of its fields.
  private mutating func checkTogether(_ object: JSONObject, at field: RequestField) {
    switch field.kind {
    case .state:
      if request.state != nil, let country = object["country"]?.string, country != "US" {
        fail(field.name, texts.stateOutsideUS)
      }
    case .search:
      for name in ["query", "location", "uule", "pages"] where object[name] != nil {
        fail(name, texts.besideURL)
      }
    case .uule:
      if request.location != nil, request.uule != nil { fail(field.name, texts.bothPlaces) }
    case .otherCountry:
      guard let code = object[field.name]?.string else { return }
      // Some letters outside ASCII become two ASCII letters in upper case.
      if !code.utf8.allSatisfy({ $0 < 0x80 })
        || !Country.isAccepted(code.uppercased(), in: texts.revision)
      {
        fail(field.name, texts.badCountry)
      } else if let country = object["country"]?.string, country != code.uppercased() {
        fail(field.name, texts.countryDiffers)
      }
    default: break
    }
  }
}
