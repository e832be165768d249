import JSON
import Patterns

/// A condition on a text.
enum TextMatch: Sendable, Hashable {
  case equals(String)
  /// Byte for byte, so a part of a grown-together character counts too.
  case contains(String)
  case matches(Pattern)

  func holds(for text: String) -> Bool {
    switch self {
    case .equals(let wanted): text == wanted
    case .contains(let part): Self.contains(Array(part.utf8), in: text)
    case .matches(let pattern): pattern.matches(text)
    }
  }

  /// Searches in a time that grows with the sum of both lengths (Knuth, Morris and Pratt).
  private static func contains(_ part: [UInt8], in text: String) -> Bool {
    guard part.count <= text.utf8.count else { return false }
    // How much of the part still matches when the next byte doesn't.
    var shorter = Array(repeating: 0, count: part.count + 1)
    var matched = 0
    for index in part.indices.dropFirst() {
      while matched > 0, part[index] != part[matched] { matched = shorter[matched] }
      if part[index] == part[matched] { matched += 1 }
      shorter[index + 1] = matched
    }
    matched = 0
    for byte in text.utf8 {
      guard matched < part.count else { return true }
      while matched > 0, byte != part[matched] { matched = shorter[matched] }
      if byte == part[matched] { matched += 1 }
    }
    return matched == part.count
  }
}

extension TextMatch {
  /// Reads `"part"`, `{"equals": …}`, `{"contains": …}` or `{"regex": …}`.
  static func read(_ name: String, _ outer: inout ObjectReader) -> TextMatch? {
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
    do throws(Pattern.Refusal) {
      return .matches(try Pattern(source))
    } catch {
      reader.fail("regex", "\(error)")
      return nil
    }
  }

  /// The condition as it is listed.
  var json: JSON {
    switch self {
    case .equals(let text): ["equals": .string(text)]
    case .contains(let part): ["contains": .string(part)]
    case .matches(let pattern): ["regex": .string(pattern.source)]
    }
  }
}
