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
  /// Defaults are filled in, except for `include.aioverview`, which is on only for who asks for it.
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

/// Checks one body.
struct RequestValidation {
  /// What the rules between members compare: the values as they were sent, without white space
  /// around them. nil stands for a member that wasn't sent.
  struct Sent {
    var question: String?
    var url: String?
    var country: String?
    var gl: String?
    var state: String?
    var location: String?
    var uule: String?
    var pages: Double?
  }

  private let prefix: String
  private let terms: ProviderTerms
  let texts: ValidationTexts
  private let unknownMembers: UnknownMembers
  var ignored = IgnoredMembers()
  var request: MonitorRequest
  private var issues: [FieldIssue] = []
  var sent = Sent()
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
  mutating func failTogether(_ field: String, _ message: String) {
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
      request.hl = Self.filled(text(value, field.name)?.trimmed.lowercased())
    case .state: sent.state = text(value, field.name)
    case .location:
      sent.location = text(value, field.name)?.trimmed
      request.location = Self.filled(sent.location)
    case .uule:
      sent.uule = text(value, field.name)?.trimmed
      request.uule = Self.filled(sent.uule)
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

  /// An empty text counts as none, as it does in JavaScript.
  private static func filled(_ text: String?) -> String? {
    text.flatMap { $0.isEmpty ? nil : $0 }
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
}
