import JSON

/// The texts of validation issues. Those that are the same in every revision are the ones that
/// cloro's own request schemas say; the others are those of the validator that runs these schemas,
/// in the version that belongs to each revision. [source]
///
/// A text without a placeholder is available as a member: `texts.badURL`.
@dynamicMemberLookup
struct ValidationTexts: Sendable {
  /// The texts in one revision; `%` is a placeholder. Those with a default are the same in every
  /// revision today.
  struct Table: Sendable {
    fileprivate let missing: String
    fileprivate let wrongType: String
    fileprivate let tooSmall: String
    /// For a limit that is itself too small.
    fileprivate let notAbove: String
    fileprivate let tooLarge: String
    let notWhole: String
    /// The placeholders are the allowed names and the received name; the second may be missing.
    fileprivate let notOneOf: String
    fileprivate let unknown: String
    fileprivate let tooFew: String
    fileprivate let tooMany: String
    /// How an enumeration is described where a type is expected: each name, and the separator.
    fileprivate let name: String
    fileprivate let separator: String
    fileprivate var empty = "% cannot be empty"
    fileprivate var tooLong = "% is too long (max % characters)"
    /// cloro's schema says this in the words of the newer validator in each revision.
    var noCountry = "Invalid input: expected string, received undefined"
    /// None of the forms that a member may have fits.
    var noForm = "Invalid input"
    var badURL = "Invalid url"
    var badRedirect = "Url must be a google.com /goto or /url link"
    var malformedSearch = "url must be a valid absolute http(s) URL"
    var otherSearchHost =
      "url must be a Google web search host, e.g. www.google.com or google.co.uk"
    var otherSearchPath = "url path must be /search"
    var otherSearchKind =
      "url must not set tbm; use the vertical-specific endpoint instead "
      + "(POST /v1/monitor/google/news for tbm=nws)"
    var searchWithoutQuestion = "url must include a non-empty q parameter"
    fileprivate var besideURL = "Cannot set both url and %; the URL owns this value"
    var neitherQueryNorURL = "Provide either query or url"
    var noGl = "Provide gl (or country, which is deprecated)"
    var noGlBesideURL = "Provide gl, or include gl= in the url so it can be derived"
    fileprivate var badDerivedCountry =
      "Derived country \"%\" from the url's gl is not supported; pass a supported gl explicitly"
    fileprivate var countryDiffers =
      "Cannot set both country and gl to different values (country: \"%\", gl: \"%\"); "
      + "country is deprecated — send gl alone"
    fileprivate var badState =
      "Invalid `state` for %. Use a code from `GET /v1/states?country=%`."
    fileprivate var noStates = "`state` is not supported for country %."
    var unknownCountry =
      "We currently do not support this country code. If you'd like us to add support, please "
      + "reach out to our support team and we will implement it."
    var blockedCountry =
      "This model is not available in this country. Please select a different country."
    var badStateCountry = "Country must be a supported ISO 3166-1 alpha-2 code"
    var bothPlaces = "Cannot set both location and uule; provide only one"
    var notAnObject = "Request body must be a JSON object"
    var notJSON = "Request body must be valid JSON"
  }

  private static let tables = ByRevision(
    july: Table(
      missing: "Required",
      wrongType: "Expected %, received %",
      tooSmall: "Number must be greater than or equal to %",
      notAbove: "Number must be greater than %",
      tooLarge: "Number must be less than or equal to %",
      notWhole: "Expected integer, received float",
      notOneOf: "Invalid enum value. Expected %, received '%'",
      unknown: "Unrecognized key(s) in object: '%'",
      tooFew: "Array must contain at least % element(s)",
      tooMany: "Array must contain at most % element(s)",
      name: "'%'", separator: " | "),
    october: Table(
      missing: "Invalid input: expected %, received undefined",
      wrongType: "Invalid input: expected %, received %",
      tooSmall: "Too small: expected number to be >=%",
      notAbove: "Too small: expected number to be >%",
      tooLarge: "Too big: expected number to be <=%",
      notWhole: "Invalid input: expected int, received number",
      notOneOf: "Invalid option: expected one of %",
      unknown: "Unrecognized key: \"%\"",
      tooFew: "Too small: expected array to have >=% items",
      tooMany: "Too big: expected array to have <=% items",
      name: "\"%\"", separator: "|"))

  let revision: ContractRevision

  subscript(dynamicMember text: KeyPath<Table, String>) -> String { table[keyPath: text] }

  private var table: Table { Self.tables[revision] }

  func missing(_ expected: String) -> String { filled(table.missing, expected) }

  func wrongType(_ expected: String, _ value: JSON) -> String {
    filled(table.wrongType, expected, value.typeName)
  }

  func empty(_ field: String) -> String { filled(table.empty, Self.capitalized(field)) }

  /// - Parameter maximum: Below a million.
  func tooLong(_ field: String, _ maximum: Int) -> String {
    let lastThree = "\(maximum % 1000 + 1000)".dropFirst()
    let grouped = maximum < 1000 ? "\(maximum)" : "\(maximum / 1000),\(lastThree)"
    return filled(table.tooLong, Self.capitalized(field), grouped)
  }

  private static func capitalized(_ field: String) -> String {
    "\(field.prefix(1).uppercased())\(field.dropFirst())"
  }

  func tooSmall(_ minimum: Int64) -> String { filled(table.tooSmall, "\(minimum)") }
  func tooLarge(_ maximum: Int64) -> String { filled(table.tooLarge, "\(maximum)") }

  func notOneOf(_ names: [String], _ received: String) -> String {
    filled(table.notOneOf, choice(names), received)
  }

  func unknown(_ name: String) -> String { filled(table.unknown, name) }
  func tooFew(_ minimum: Int) -> String { filled(table.tooFew, "\(minimum)") }
  func tooMany(_ maximum: Int) -> String { filled(table.tooMany, "\(maximum)") }
  func besideURL(_ field: String) -> String { filled(table.besideURL, field) }
  func badDerivedCountry(_ code: String) -> String { filled(table.badDerivedCountry, code) }

  /// - Parameters: The values as they were sent.
  func countryDiffers(_ country: String, _ gl: String) -> String {
    filled(table.countryDiffers, country, gl)
  }

  func badState(of country: String) -> String { filled(table.badState, country, country) }

  func noStates(in country: String) -> String {
    filled(table.noStates, country.isEmpty ? "(none)" : country)
  }

  /// How an enumeration is described where a type is expected.
  func choice(_ names: [String]) -> String {
    names.map { filled(table.name, $0) }.joined(separator: table.separator)
  }

  /// A text with its placeholders filled in order; surplus values are ignored.
  private func filled(_ text: String, _ values: String...) -> String {
    let parts = text.split(separator: "%", omittingEmptySubsequences: false)
    var filled = String(parts[0])
    for (value, part) in zip(values, parts.dropFirst()) { filled += value + part }
    return filled
  }

  /// What is wrong with a value.
  struct Message: Error {
    let text: String
  }

  /// Checks a number above 0, which needn't be whole.
  func positive(_ value: JSON, atMost maximum: Int64) -> Result<Double, Message> {
    guard let number = value.number else {
      return .failure(Message(text: wrongType("number", value)))
    }
    guard number > 0 else { return .failure(Message(text: filled(table.notAbove, "0"))) }
    guard number <= Double(maximum) else { return .failure(Message(text: tooLarge(maximum))) }
    return .success(number)
  }

  /// Checks a whole number.
  func integer(_ value: JSON, in range: ClosedRange<Int64>) -> Result<Int64, Message> {
    guard let number = value.number else {
      return .failure(Message(text: wrongType("number", value)))
    }
    guard let integer = value.integer else {
      guard number.rounded() == number else { return .failure(Message(text: table.notWhole)) }
      return .failure(
        Message(text: number < 0 ? tooSmall(range.lowerBound) : tooLarge(range.upperBound)))
    }
    if integer < range.lowerBound { return .failure(Message(text: tooSmall(range.lowerBound))) }
    if integer > range.upperBound { return .failure(Message(text: tooLarge(range.upperBound))) }
    return .success(integer)
  }
}
