/// What becomes of members that a request doesn't have. The raw value is its name in fixtures.
public enum UnknownMembers: String, Sendable, CaseIterable {
  /// They are ignored and noted, as cloro does. [live, source]
  case ignore
  /// They are failing fields, as cloro's OpenAPI documents say.
  case refuse
}

/// The names of members that were ignored, for the journal.
///
/// A body may have a million of them, so only the first ones are kept, and long names are cut.
public struct IgnoredMembers: Sendable, Hashable {
  /// The most names that are kept.
  static let most = 20
  /// The longest name that is kept whole, in characters.
  static let longestName = 120

  /// The first names, dotted as those of failing fields: `include.markdown`.
  public private(set) var names: [String] = []
  /// How many further members were ignored.
  public private(set) var further = 0

  public init() {}

  public var isEmpty: Bool { names.isEmpty }

  mutating func note(_ name: @autoclosure () -> String) {
    guard names.count < Self.most else {
      further += 1
      return
    }
    let name = name()
    // The cut counts bytes first, because counting the characters of a long name takes long.
    let isShort = name.utf8.count <= Self.longestName
    names.append(isShort ? name : Self.cut(name))
  }

  private static func cut(_ name: String) -> String {
    let beginning = name.unicodeScalars.prefix(longestName)
    guard beginning.endIndex < name.unicodeScalars.endIndex else { return name }
    return String(String.UnicodeScalarView(beginning)) + "…"
  }

  /// Adds the members of a task.
  ///
  /// - Parameter index: The task's place in its batch, from 0; nil for a task that is sent alone.
  public mutating func add(_ others: IgnoredMembers, ofItem index: Int?) {
    for name in others.names { note(index.map { "[\($0)].\(name)" } ?? name) }
    further += others.further
  }

  /// The notes of a journal's entry: `ignored: include.markdown`.
  public var notes: [String] {
    let notes = names.map { "ignored: \($0)" }
    return further == 0 ? notes : notes + ["ignored: \(further) more"]
  }
}
