import JSON
import Patterns

/// A condition on the question: the `prompt`, or the `query` of Google's endpoints.
public struct PromptMatch: Sendable, Hashable {
  private enum Condition: Sendable, Hashable {
    /// Compared byte by byte, as are all conditions.
    case equals(String)
    /// So a part of a composed character counts too.
    case contains(TextSearch)
    case matches(Pattern)
    /// A text that is no valid pattern, with the reason. It never matches, and a rule with it is
    /// refused.
    case malformed(String, reason: String)
  }

  private let condition: Condition

  /// Exactly this text.
  public static func equals(_ text: String) -> PromptMatch {
    PromptMatch(condition: .equals(text))
  }

  /// A text that contains this part.
  public static func contains(_ part: String) -> PromptMatch {
    PromptMatch(condition: .contains(TextSearch(part)))
  }

  /// A text in which a regular expression matches somewhere. An invalid expression is refused by
  /// the call that uses it.
  public static func regex(_ pattern: String) -> PromptMatch {
    do throws(Pattern.Refusal) {
      return PromptMatch(condition: .matches(try Pattern(pattern)))
    } catch {
      return PromptMatch(condition: .malformed(pattern, reason: "\(error)"))
    }
  }

  /// Whether a question meets the condition.
  ///
  /// - Parameter steps: The steps of searches so far, to which those of this one are added.
  func holds(for text: String, steps: inout Int) -> Bool {
    switch condition {
    case .equals(let wanted): return text.hasSameBytes(as: wanted)
    case .contains(let search):
      steps += TextSearch.steps(text)
      return search.isFound(in: text)
    case .matches(let pattern):
      let (isFound, taken) = pattern.search(text)
      steps += taken
      return isFound
    case .malformed: return false
    }
  }
}

extension PromptMatch {
  /// A member that is such a condition.
  static func member<Root>(
    _ name: String, _ property: WritableKeyPath<Root, PromptMatch?> & Sendable
  ) -> ObjectMember<Root> {
    ObjectMember(
      name, property, read: { reader, name in read(name, &reader) },
      check: { match, place in match.check(at: place.inner(name)) }, json: \.json)
  }

  /// Reads `"part"`, `{"equals": …}`, `{"contains": …}` or `{"regex": …}`.
  static func read(_ name: String, _ outer: inout ObjectReader) -> PromptMatch? {
    guard let json = outer.value(name) else { return nil }
    if let part = json.string { return .contains(part) }
    let path = outer.path(of: name)
    guard var reader = ObjectReader(json, path: path, problems: outer.problems) else { return nil }
    let members = ["equals", "contains", "regex"]
    let texts = members.map { reader.string($0) }
    reader.finish()
    guard reader.object.members.count == 1 else {
      outer.fail(name, "expected one of \(members.joined(separator: ", "))")
      return nil
    }
    if let text = texts[0] { return .equals(text) }
    if let part = texts[1] { return .contains(part) }
    guard let source = texts[2] else { return nil }
    let match = regex(source)
    return match.check(at: reader.place) ? match : nil
  }

  /// Notes why the condition is invalid.
  ///
  /// - Returns: Whether it is valid.
  @discardableResult
  func check(at place: ObjectPlace) -> Bool {
    guard case .malformed(_, let reason) = condition else { return true }
    place.fail("regex", reason)
    return false
  }

  /// The condition as it is listed.
  var json: JSON {
    switch condition {
    case .equals(let text): ["equals": .string(text)]
    case .contains(let search): ["contains": .string(search.part)]
    case .matches(let pattern): ["regex": .string(pattern.source)]
    case .malformed(let source, _): ["regex": .string(source)]
    }
  }
}
