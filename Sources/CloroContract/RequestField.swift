/// One member of a request body: a row of the tables in 2026-07, section 5 and 2026-10, section 6.
struct RequestField: Sendable {
  enum Kind: Sendable {
    /// A text whose number of characters is in the range.
    case question(ClosedRange<Int>)
    /// A country code in capitals.
    case country
    /// A country code in either case, instead of the country or equal to it.
    case otherCountry
    /// A language code in either case.
    case language
    /// A state's code in either case.
    case state
    case location
    case uule
    case device([MonitorRequest.Device], usual: MonitorRequest.Device)
    /// A number above 0 that is at most this; a fraction counts as the next whole number.
    case pages(atMost: Int64, usual: Int)
    case legacy
    case disableWebSearch
    case include([Include.Named])
    /// The address of a Google web search, instead of the question.
    case search
  }

  let name: String
  let kind: Kind
  var isRequired = false

  /// The longest question, in characters.
  static let longestQuestion = 10_000

  static let prompt = RequestField(
    name: "prompt", kind: .question(1...longestQuestion), isRequired: true)
  static let query = RequestField(
    name: "query", kind: .question(1...longestQuestion), isRequired: true)
  /// A query that may be left out, because an address may stand for it.
  static let optionalQuery = RequestField(name: "query", kind: .question(1...longestQuestion))
  static let country = RequestField(name: "country", kind: .country, isRequired: true)
  /// A country that may be left out, because `gl` or an address may stand for it.
  static let optionalCountry = RequestField(name: "country", kind: .country)
  static let gl = RequestField(name: "gl", kind: .otherCountry)
  static let hl = RequestField(name: "hl", kind: .language)
  static let state = RequestField(name: "state", kind: .state)
  static let location = RequestField(name: "location", kind: .location)
  static let uule = RequestField(name: "uule", kind: .uule)
  static let pages = RequestField(name: "pages", kind: .pages(atMost: 10, usual: 1))
  static let url = RequestField(name: "url", kind: .search)
  static let legacy = RequestField(name: "legacy", kind: .legacy)
  static let disableWebSearch = RequestField(name: "disableWebSearch", kind: .disableWebSearch)

  static func device(
    of devices: [MonitorRequest.Device], usual: MonitorRequest.Device = .desktop
  ) -> RequestField {
    RequestField(name: "device", kind: .device(devices, usual: usual))
  }

  static func include(_ flags: [Include]) -> RequestField {
    RequestField(
      name: "include",
      kind: .include(flags.flatMap { flag in Include.named.filter { $0.flag == flag } }))
  }
}

/// A rule between members of a request body. It is checked when no member is missing or of a wrong
/// type. [source]
enum MemberRule: Sendable, Hashable {
  /// A state belongs to the country, which has states.
  case state
  /// Location and uule exclude each other.
  case places
  /// Country or `gl` is there, and if both are, they agree.
  case country
  /// A query or an address is there, and what stands beside the address agrees with it.
  case search
}
