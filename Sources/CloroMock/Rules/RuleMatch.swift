import CloroContract
import JSON

/// Which requests or tasks a rule concerns; what is nil concerns all.
struct RuleMatch: Sendable, Hashable {
  var key: String?
  var path: String?
  var provider: Provider?
  var prompt: TextMatch?
  /// A country code in capitals.
  var country: String?
  /// Only the nth that matches otherwise, from 1.
  var nth: Int?

  /// Whether everything but ``nth`` holds. The text comes last: it takes longest.
  func concerns(_ subject: RuleSubject) -> Bool {
    if let key, key != subject.key { return false }
    if let path, path != subject.path { return false }
    if let provider, provider != subject.provider { return false }
    if let country, country != subject.country?.uppercased() { return false }
    guard let prompt else { return true }
    return subject.question.map(prompt.holds) ?? false
  }

  /// The condition as it is listed.
  var json: JSON {
    var object: JSONObject = [:]
    if let key { object.append("key", .string(key)) }
    if let path { object.append("path", .string(path)) }
    if let provider { object.append("provider", .string(provider.rawValue)) }
    if let prompt { object.append("prompt", prompt.json) }
    if let country { object.append("country", .string(country)) }
    if let nth { object.append("nth", JSON(nth)) }
    return .object(object)
  }
}

/// What a rule may look at.
struct RuleSubject: Sendable {
  /// The API key's text.
  var key: String?
  /// The rules of the key's organization, which come beside those of all.
  var ownRules: RuleBoard?
  let path: String
  var provider: Provider?
  var question: String?
  var country: String?
  /// Decides about probabilities.
  var seed: UInt64
}
