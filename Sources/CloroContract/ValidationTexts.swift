import JSON

/// The texts of validation issues. The contract quotes three of them; the others are those of the
/// validator that produces these three, in the version that belongs to each revision.
///
/// A text without a placeholder is available as a member: `texts.badURL`.
@dynamicMemberLookup
struct ValidationTexts: Sendable {
  /// The texts in one revision; `%` is a placeholder. Those with a default are the same in every
  /// revision today.
  struct Table: Sendable {
    fileprivate let missing: String
    fileprivate let wrongType: String
    fileprivate let tooLong: String
    fileprivate let tooSmall: String
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
    fileprivate var longSearch = "Url must have a q parameter of at most % characters"
    var badURL = "Invalid url"
    var badRedirect = "Url must be a google.com /goto or /url link"
    var badSearch = "Url must be a Google web search address with the path /search"
    var emptySearch = "Url must have a non-empty q parameter"
    var otherSearch = "Url must not have a tbm parameter"
    var besideURL = "Must not be sent together with url"
    var badState = "State must be a two-letter US state code"
    var stateOutsideUS = "State is only supported for country US"
    var badCountry = "Country must be a supported ISO 3166-1 alpha-2 code"
    var bothPlaces = "Location and uule are mutually exclusive"
    var countryDiffers = "Country and gl must not differ"
    var notAnObject = "Request body must be a JSON object"
    var notJSON = "Request body must be valid JSON"
  }

  private static let tables = ByRevision(
    july: Table(
      missing: "Required",
      wrongType: "Expected %, received %",
      tooLong: "String must contain at most % character(s)",
      tooSmall: "Number must be greater than or equal to %",
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
      tooLong: "Too big: expected string to have <=% characters",
      tooSmall: "Too small: expected number to be >=%",
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

  func empty(_ field: String) -> String {
    filled(table.empty, "\(field.prefix(1).uppercased())\(field.dropFirst())")
  }

  func tooLong(_ maximum: Int) -> String { filled(table.tooLong, "\(maximum)") }
  func tooSmall(_ minimum: Int64) -> String { filled(table.tooSmall, "\(minimum)") }
  func tooLarge(_ maximum: Int64) -> String { filled(table.tooLarge, "\(maximum)") }

  func notOneOf(_ names: [String], _ received: String) -> String {
    filled(table.notOneOf, choice(names), received)
  }

  func unknown(_ name: String) -> String { filled(table.unknown, name) }
  func tooFew(_ minimum: Int) -> String { filled(table.tooFew, "\(minimum)") }
  func tooMany(_ maximum: Int) -> String { filled(table.tooMany, "\(maximum)") }
  func longSearch(_ maximum: Int) -> String { filled(table.longSearch, "\(maximum)") }

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
