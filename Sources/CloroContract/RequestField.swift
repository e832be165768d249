/// One member of a request body: a row of the tables in 2026-07, section 5 and 2026-10, section 6.
struct RequestField: Sendable {
  enum Kind: Sendable {
    /// A text whose number of characters is in the range.
    case question(ClosedRange<Int>)
    /// A country code: any text in 2026-07, one of an enumeration in 2026-10.
    case country
    /// A country code in upper or lower case, instead of the country or equal to it.
    case otherCountry
    /// A language code in upper or lower case.
    case language
    case state
    case location
    case uule
    case device([MonitorRequest.Device], usual: MonitorRequest.Device)
    /// A whole number in the range.
    case pages(ClosedRange<Int64>, usual: Int)
    case legacy
    case disableWebSearch
    case include([Include.Named])
    /// The address of a Google web search, instead of the question. The question in it has a number
    /// of characters in the range; the usual country applies when neither the address nor the
    /// request names one.
    case search(question: ClosedRange<Int>, usualCountry: String)
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
  static let country = RequestField(name: "country", kind: .country, isRequired: true)
  static let gl = RequestField(name: "gl", kind: .otherCountry)
  static let hl = RequestField(name: "hl", kind: .language)
  static let state = RequestField(name: "state", kind: .state)
  static let location = RequestField(name: "location", kind: .location)
  static let uule = RequestField(name: "uule", kind: .uule)
  static let pages = RequestField(name: "pages", kind: .pages(1...10, usual: 1))
  static let url = RequestField(
    name: "url", kind: .search(question: 1...longestQuestion, usualCountry: "US"))
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
