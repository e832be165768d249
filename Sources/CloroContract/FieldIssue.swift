import JSON

/// One failing field of a request.
public struct FieldIssue: Sendable, Hashable {
  /// The member's path, e.g. `include.html`; empty for the body itself.
  public var field: String
  public var message: String

  public init(_ field: String, _ message: String) {
    self.field = field
    self.message = message
  }

  var json: JSON { ["field": .string(field), "message": .string(message)] }

  /// The most issues that a refusal lists. The contract wants them all, and this is more than a person
  /// reads; but a body of 32 MiB has room for millions, each of which costs more than it does. [chosen]
  public static let most = 1000
}

extension [FieldIssue] {
  /// Whether no more is noted.
  var isFull: Bool { count >= FieldIssue.most }
}

/// The texts of validation issues. The contract quotes three of them; the others follow the
/// validator that those texts are known from, in its version of each revision.
struct ValidationTexts: Sendable {
  let revision: ContractRevision

  private var isNewer: Bool { revision == .october2026 }

  func missing(_ expected: String) -> String {
    isNewer ? "Invalid input: expected \(expected), received undefined" : "Required"
  }

  func wrongType(_ expected: String, _ value: JSON) -> String {
    isNewer
      ? "Invalid input: expected \(expected), received \(value.typeName)"
      : "Expected \(expected), received \(value.typeName)"
  }

  func empty(_ field: String) -> String {
    "\(field.prefix(1).uppercased())\(field.dropFirst()) cannot be empty"
  }

  func tooLong(_ maximum: Int) -> String {
    isNewer
      ? "Too big: expected string to have <=\(maximum) characters"
      : "String must contain at most \(maximum) character(s)"
  }

  func tooSmall(_ minimum: Int64) -> String {
    isNewer
      ? "Too small: expected number to be >=\(minimum)"
      : "Number must be greater than or equal to \(minimum)"
  }

  func tooLarge(_ maximum: Int64) -> String {
    isNewer
      ? "Too big: expected number to be <=\(maximum)"
      : "Number must be less than or equal to \(maximum)"
  }

  func notWhole() -> String {
    isNewer
      ? "Invalid input: expected int, received number" : "Expected integer, received float"
  }

  func notOneOf(_ names: [String], _ received: String) -> String {
    isNewer
      ? "Invalid option: expected one of \(names.map { "\"\($0)\"" }.joined(separator: "|"))"
      : "Invalid enum value. Expected \(names.map { "'\($0)'" }.joined(separator: " | ")), received '\(received)'"
  }

  func unknown(_ name: String) -> String {
    isNewer ? "Unrecognized key: \"\(name)\"" : "Unrecognized key(s) in object: '\(name)'"
  }

  func tooFew(_ minimum: Int) -> String {
    isNewer
      ? "Too small: expected array to have >=\(minimum) items"
      : "Array must contain at least \(minimum) element(s)"
  }

  func tooMany(_ maximum: Int) -> String {
    isNewer
      ? "Too big: expected array to have <=\(maximum) items"
      : "Array must contain at most \(maximum) element(s)"
  }

  /// How an enumeration is named where a type is expected.
  func choice(_ names: [String]) -> String {
    names.map { isNewer ? "\"\($0)\"" : "'\($0)'" }.joined(separator: isNewer ? "|" : " | ")
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
      guard number.rounded() == number else { return .failure(Message(text: notWhole())) }
      return .failure(
        Message(text: number < 0 ? tooSmall(range.lowerBound) : tooLarge(range.upperBound)))
    }
    if integer < range.lowerBound { return .failure(Message(text: tooSmall(range.lowerBound))) }
    if integer > range.upperBound { return .failure(Message(text: tooLarge(range.upperBound))) }
    return .success(integer)
  }

  var badURL: String { "Invalid url" }
  var badRedirect: String { "Url must be a google.com /goto or /url link" }
  var badSearch: String { "Url must be a Google web search address with the path /search" }
  var emptySearch: String { "Url must have a non-empty q parameter" }
  var longSearch: String {
    "Url must have a q parameter of at most \(RequestField.longestQuestion) characters"
  }
  var otherSearch: String { "Url must not have a tbm parameter" }
  var besideURL: String { "Must not be sent together with url" }
  var badState: String { "State must be a two-letter US state code" }
  var stateOutsideUS: String { "State is only supported for country US" }
  var badCountry: String { "Country must be a supported ISO 3166-1 alpha-2 code" }
  var bothPlaces: String { "Location and uule are mutually exclusive" }
  var countryDiffers: String { "Country and gl must not differ" }
  var notAnObject: String { "Request body must be a JSON object" }
  var notJSON: String { "Request body must be valid JSON" }
}

extension FieldIssue {
  /// What is wrong with the `model` parameter of `GET /v1/countries`, or nil.
  public static func model(_ value: String?, in revision: ContractRevision) -> FieldIssue? {
    let models = Country.models(in: revision)
    guard let value, !models.contains(value) else { return nil }
    return FieldIssue("model", ValidationTexts(revision: revision).notOneOf(models, value))
  }

  /// What is wrong with the `country` parameter of `GET /v1/states`, or nil.
  public static func stateCountry(_ value: String?, in revision: ContractRevision) -> FieldIssue? {
    let texts = ValidationTexts(revision: revision)
    guard let value else { return FieldIssue("country", texts.missing("string")) }
    let isCode = value.utf8.count == 2 && value.utf8.allSatisfy { 0x41...0x5A ~= $0 }
    return isCode ? nil : FieldIssue("country", texts.badCountry)
  }
}
