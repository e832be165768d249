import JSON

extension MonitorRequest {
  /// What came of a body.
  public enum Validated: Sendable {
    case valid(MonitorRequest)
    /// Every failing field, in the order of the contract's fields, unknown ones last.
    case invalid([FieldIssue])
  }

  /// Checks the body of a provider's request against the contract.
  ///
  /// Defaults are filled in, except for `include.aioverview`, whose presence is its meaning.
  ///
  /// - Parameters:
  ///   - body: The parsed body.
  ///   - provider: The provider it is for.
  ///   - revision: The contract to check against.
  ///   - prefix: What stands before each field's name, e.g. `payload.`; empty by default.
  public static func validate(
    _ body: JSON, for provider: Provider, in revision: ContractRevision, prefix: String = ""
  ) -> Validated {
    var validation = RequestValidation(
      provider: provider, prefix: prefix, texts: ValidationTexts(revision: revision))
    return validation.run(body, in: revision)
  }

  /// The issues of a body that is no JSON text.
  public static func notJSON(in revision: ContractRevision) -> [FieldIssue] {
    [FieldIssue("", ValidationTexts(revision: revision).notJSON)]
  }
}

private struct RequestValidation {
  let prefix: String
  let texts: ValidationTexts
  var request: MonitorRequest
  var issues: [FieldIssue] = []

  init(provider: Provider, prefix: String, texts: ValidationTexts) {
    self.prefix = prefix
    self.texts = texts
    request = MonitorRequest(provider: provider, question: "", country: "")
  }

  mutating func fail(_ field: String, _ message: String) {
    guard !issues.isFull else { return }
    issues.append(FieldIssue(prefix + field, message))
  }

  mutating func run(_ body: JSON, in revision: ContractRevision) -> MonitorRequest.Validated {
    guard let object = body.object else {
      let field = prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix
      return .invalid([FieldIssue(field, texts.notAnObject)])
    }
    let fields = RequestField.fields(of: request.provider, in: revision)
    let hasURL = has("url", object, fields)
    let hasAlternative = has("gl", object, fields)
    for field in fields {
      guard let value = object[field.name] else {
        if field.isRequired, !hasURL, !(field.name == "country" && hasAlternative) {
          fail(field.name, texts.missing("string"))
        }
        continue
      }
      take(value, field)
      checkTogether(object, at: field.name)
    }
    for member in object.members
    where !issues.isFull && !fields.contains(where: { $0.name == member.name }) {
      fail(member.name, texts.unknown(member.name))
    }
    return issues.isEmpty ? .valid(request) : .invalid(issues)
  }

  /// Whether a field is there and known.
  private func has(_ name: String, _ object: JSONObject, _ fields: [RequestField]) -> Bool {
    object[name] != nil && fields.contains { $0.name == name }
  }

  // MARK: Single fields

  private mutating func take(_ value: JSON, _ field: RequestField) {
    switch field.kind {
    case .text(let minimum, let maximum):
      guard let text = text(value, field.name) else { return }
      // A scalar has one to four bytes, so that few texts must be counted.
      let bytes = text.utf8.count
      if bytes < minimum * 4 || bytes > maximum {
        let length = text.unicodeScalars.count
        if length < minimum { return fail(field.name, texts.empty(field.name)) }
        if length > maximum { return fail(field.name, texts.tooLong(maximum)) }
      }
      set(field.name, text)
    case .country:
      guard let code = text(value, field.name) else { return }
      if texts.revision == .october2026, !Country.isAccepted(code) {
        return fail(field.name, texts.badCountry)
      }
      request.country = code
    case .state:
      guard let code = text(value, field.name) else { return }
      guard USState.isAccepted(code, in: texts.revision) else {
        return fail(field.name, texts.badState)
      }
      request.state = code
    case .device(let devices):
      guard let name = text(value, field.name) else { return }
      guard let device = devices.first(where: { $0.rawValue == name }) else {
        return fail(field.name, texts.notOneOf(devices.map(\.rawValue), name))
      }
      request.device = device
    case .integer(let range):
      switch texts.integer(value, in: range) {
      case .success(let number): request.pages = Int(number)
      case .failure(let message): fail(field.name, message.text)
      }
    case .boolean:
      guard let flag = boolean(value, field.name) else { return }
      if field.name == "legacy" { request.legacy = flag } else { request.disableWebSearch = flag }
    case .include(let names):
      include(value, names)
    case .search:
      guard let text = text(value, field.name) else { return }
      search(text)
    }
  }

  /// The address owns the question and the depth; an explicit country wins over its own.
  private mutating func search(_ text: String) {
    switch GoogleLink.search(text) {
    case .success(let search):
      guard search.question.unicodeScalars.count <= RequestField.longestQuestion else {
        return fail("url", texts.longSearch)
      }
      request.question = search.question
      request.pages = search.pages
      request.hl = request.hl ?? search.language?.lowercased()
      if request.country.isEmpty { request.country = search.country ?? "US" }
    case .failure(let refusal):
      switch refusal {
      case .notASearch: fail("url", texts.badSearch)
      case .emptyQuestion: fail("url", texts.emptySearch)
      case .otherKind: fail("url", texts.otherSearch)
      }
    }
  }

  private mutating func set(_ name: String, _ text: String) {
    switch name {
    case "prompt", "query": request.question = text
    case "location": request.location = text
    case "uule": request.uule = text
    case "hl": request.hl = text.lowercased()
    case "gl": if request.country.isEmpty { request.country = text.uppercased() }
    default: preconditionFailure("No place for the field \(name)")
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

  private mutating func include(_ value: JSON, _ names: [String]) {
    guard let object = value.object else {
      return fail("include", texts.wrongType("object", value))
    }
    for name in names {
      guard let value = object[name] else { continue }
      if name == "aioverview" {
        aiOverview(value)
      } else if boolean(value, "include.\(name)") == true {
        request.include.insert(Include.named.first { $0.name == name }!.flag)
      }
    }
    for member in object.members where !issues.isFull && !names.contains(member.name) {
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

  /// The rules that the contract states in prose only, each at the later of its fields.
  private mutating func checkTogether(_ object: JSONObject, at field: String) {
    switch field {
    case "state":
      if request.state != nil, let country = object["country"]?.string, country != "US" {
        fail("state", texts.stateOutsideUS)
      }
    case "url":
      for name in ["query", "location", "uule", "pages"] where object[name] != nil {
        fail(name, texts.besideURL)
      }
    case "uule":
      if request.location != nil, request.uule != nil { fail("uule", texts.bothPlaces) }
    case "gl":
      guard let gl = object["gl"]?.string else { return }
      // Some letters beyond ASCII have two ASCII letters as their capitals.
      if !gl.utf8.allSatisfy({ $0 < 0x80 }) || !Country.isAccepted(gl.uppercased()) {
        fail("gl", texts.badCountry)
      } else if let country = object["country"]?.string, country != gl.uppercased() {
        fail("gl", texts.countryDiffers)
      }
    default: break
    }
  }
}
