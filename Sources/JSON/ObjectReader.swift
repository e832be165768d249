/// One thing that is wrong with a document.
public struct JSONProblem: Sendable, Equatable, CustomStringConvertible {
  /// The path, e.g. `rateLimit.requestsPerSecond` or `keys[0].key`; empty for the document itself.
  public let path: String
  /// What is wrong and what was expected.
  public let message: String

  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// Collects every problem of a document, so that all can be reported at once.
public final class JSONProblems {
  /// The most problems that are kept: nobody reads more, and a large document may have millions.
  public static let most = 1000

  /// The most bytes of a problem's message, and of its path.
  private static let mostBytes = 8192

  public private(set) var list: [JSONProblem] = []

  /// How many problems were noted, including those that aren't kept.
  package private(set) var count = 0

  /// Whether no further problem is kept.
  public var isFull: Bool { list.count >= Self.most }

  public init() {}

  public func add(_ path: String, _ message: String) {
    count += 1
    guard !isFull else { return }
    list.append(
      JSONProblem(
        path: ShownText.message(path, atMost: Self.mostBytes),
        message: ShownText.message(message, atMost: Self.mostBytes)))
  }
}

/// Reads the members of an object, notes what is wrong with them, and knows which names are
/// allowed.
///
/// Each accessor returns nil when the member is absent or wrong; ``finish()`` notes the members
/// that no accessor has asked for.
public struct ObjectReader {
  public let object: JSONObject
  /// Where the object stands in its document.
  public let path: String
  public let problems: JSONProblems
  private var known: [String] = []

  /// - Returns: nil, with a problem noted, when the value is no object.
  public init?(_ value: JSON, path: String = "", problems: JSONProblems) {
    guard let object = value.object else {
      problems.add(path, "expected an object, found \(value.typeName)")
      return nil
    }
    self.object = object
    self.path = path
    self.problems = problems
  }

  /// The path of a member.
  public func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// Notes a problem with a member.
  public func fail(_ name: String, _ message: String) { problems.add(path(of: name), message) }

  /// The value of a member of any type; nil when it is absent.
  public mutating func value(_ name: String) -> JSON? {
    known.append(name)
    return object[name]
  }

  /// A member that `convert` understands; otherwise the problem says what was expected.
  public mutating func member<Value>(
    _ name: String, expected: @autoclosure () -> String, _ convert: (JSON) -> Value?
  ) -> Value? {
    guard let json = value(name) else { return nil }
    guard let value = convert(json) else {
      fail(name, "expected \(expected()), found \(Self.show(json))")
      return nil
    }
    return value
  }

  public mutating func string(_ name: String) -> String? {
    member(name, expected: "a string") { $0.string }
  }

  public mutating func bool(_ name: String) -> Bool? {
    member(name, expected: "true or false") { $0.bool }
  }

  public mutating func integer(
    _ name: String, in range: ClosedRange<Int64> = Int64.min...Int64.max
  ) -> Int64? {
    member(name, expected: Self.wholeNumber(in: range)) { json in
      json.integer.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  static func wholeNumber(in range: ClosedRange<Int64>) -> String {
    if range == Int64.min...Int64.max { return "a whole number" }
    return range.upperBound == Int64.max
      ? "a whole number of at least \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  /// One of several names.
  public mutating func choice<Value>(
    _ name: String, of type: Value.Type
  ) -> Value? where Value: RawRepresentable<String> & CaseIterable {
    guard let text = string(name) else { return nil }
    guard let value = Value(rawValue: text) else {
      let alternatives = Self.alternatives(to: text, in: Value.allCases.map { $0.rawValue })
      fail(name, "\"\(ShownText.value(text))\" is unknown\(alternatives)")
      return nil
    }
    return value
  }

  public mutating func array(_ name: String) -> [JSON]? {
    member(name, expected: "an array") { $0.array }
  }

  /// The members of an object member.
  public mutating func reader(_ name: String) -> ObjectReader? {
    guard let json = value(name) else { return nil }
    return ObjectReader(json, path: path(of: name), problems: problems)
  }

  /// The members of each object of an array member.
  public mutating func readers(_ name: String) -> [ObjectReader]? {
    array(name)?.enumerated().compactMap { index, json in
      ObjectReader(json, path: "\(path(of: name))[\(index)]", problems: problems)
    }
  }

  /// Notes a problem when a member is absent.
  public mutating func require(_ name: String) {
    if object[name] == nil { fail(name, "is missing") }
  }

  /// Notes every member that no accessor has asked for, with the nearest allowed name, and every
  /// member that occurs twice.
  public func finish() {
    var seen = NameTable<Int>()
    for member in object.members where !problems.isFull {
      seen[member.name, default: 0] += 1
      let shown = ShownText.value(member.name)
      if seen[member.name] == 2 { fail(shown, "stands twice") }
      guard seen[member.name] == 1,
        !known.contains(where: { $0.hasSameBytes(as: member.name) })
      else { continue }
      let allowed = known.isEmpty ? "none" : known.joined(separator: ", ")
      fail(
        shown,
        "unknown member\(Self.hint(member.name, known)); allowed: \(allowed)")
    }
  }

  /// `, did you mean "x"?` when a name is similar.
  public static func hint(_ name: String, _ candidates: [String]) -> String {
    nearest(name, candidates).map { ", did you mean \"\($0)\"?" } ?? ""
  }

  /// What a message adds to an unknown name: the nearest candidate, if one is near, and the list.
  public static func alternatives(to name: String, in candidates: [String]) -> String {
    "\(hint(name, candidates)); allowed: \(candidates.joined(separator: ", "))"
  }

  /// The candidate that a misspelt name most likely means, or nil.
  public static func nearest(_ name: String, _ candidates: [String]) -> String? {
    // No misspelt name is that long, and looking at it would take long as well.
    guard name.utf8.count <= 100 else { return nil }
    let scored = candidates.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
    guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= max(2, best.0.count / 3) ? best.0 : nil
  }

  private static func editDistance(_ first: String, _ second: String) -> Int {
    let (left, right) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(64)))
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let substitution = diagonal + (byte == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }

  static func show(_ value: JSON) -> String {
    switch value {
    case .array, .object: value.typeName
    default: String(decoding: value.encoded.prefix(60), as: UTF8.self)
    }
  }
}
