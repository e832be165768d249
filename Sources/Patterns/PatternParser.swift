/// Reads a pattern's source by recursive descent.
struct PatternParser {
  let scalars: [Unicode.Scalar]
  var position = 0
  private var depth = 0
  private var ignoresCase = false

  private init(_ source: String) { scalars = Array(source.unicodeScalars) }

  /// Reads a whole pattern.
  static func parse(_ source: String) throws(Pattern.Refusal) -> PatternNode {
    var parser = PatternParser(source)
    guard parser.scalars.count <= Pattern.Limit.length else {
      throw Pattern.Refusal(
        reason: "A pattern has at most \(Pattern.Limit.length) characters; this one goes on",
        position: Pattern.Limit.length)
    }
    if parser.skip("(?i)") { parser.ignoresCase = true }
    let node = try parser.alternatives()
    guard parser.current == nil else {
      throw parser.refusal("A parenthesis closes what none opened")
    }
    return node
  }

  // MARK: Reading

  var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  func refusal(_ reason: String, at place: Int? = nil) -> Pattern.Refusal {
    Pattern.Refusal(reason: reason, position: place ?? position)
  }

  /// Skips a text if it comes next.
  mutating func skip(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  // MARK: Structure

  private mutating func alternatives() throws(Pattern.Refusal) -> PatternNode {
    var branches = [try sequence()]
    while skip("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(Pattern.Refusal) -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = current, scalar != "|", scalar != ")" {
      nodes.append(try repeated(try atom()))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func atom() throws(Pattern.Refusal) -> PatternNode {
    let start = position
    let scalar = scalars[position]
    position += 1
    switch scalar {
    case "(": return try group(from: start)
    case "[": return character(try PatternClassReader.read(&self, from: start))
    case ".": return .character(ScalarSet([.range(0x0A...0x0A)], isNegated: true))
    case "^": return .assertion(.start)
    case "$": return .assertion(.end)
    case "*", "+", "?": throw refusal("Nothing stands before \(scalar) to repeat", at: start)
    case "{":
      throw refusal("A brace repeats what stands before it; write \\{ for the character", at: start)
    case "\\":
      switch try PatternEscape.read(&self) {
      case .scalar(let scalar): return character(ScalarSet(scalar))
      case .named(let name, let isNegated):
        return .character(ScalarSet([.named(name, isNegated: isNegated)]))
      case .assertion(let assertion): return .assertion(assertion)
      }
    default: return character(ScalarSet(scalar))
    }
  }

  private func character(_ set: ScalarSet) -> PatternNode {
    var set = set
    set.ignoresCase = ignoresCase
    return .character(set)
  }

  private mutating func group(from start: Int) throws(Pattern.Refusal) -> PatternNode {
    if current == "?", !skip("?:") { throw unsupportedGroup(at: start) }
    depth += 1
    guard depth <= Pattern.Limit.nesting else {
      throw refusal("Groups nest deeper than \(Pattern.Limit.nesting)", at: start)
    }
    let node = try alternatives()
    guard skip(")") else { throw refusal("A group has no end", at: start) }
    depth -= 1
    return node
  }

  private mutating func unsupportedGroup(at start: Int) -> Pattern.Refusal {
    for text in ["?=", "?!", "?<=", "?<!"] where skip(text) {
      return refusal("Lookaround can't be matched in bounded time", at: start)
    }
    if skip("?i)") { return refusal("(?i) stands at the very beginning only", at: start) }
    return refusal("Groups are ( ) and (?: ); flags are (?i) alone", at: start)
  }

  // MARK: Repetitions

  private mutating func repeated(_ node: PatternNode) throws(Pattern.Refusal) -> PatternNode {
    let start = position
    guard let (least, most) = try bounds() else { return node }
    if case .assertion = node, scalars[start - 1] != ")" {
      throw refusal("A place can't be repeated", at: start)
    }
    // A lazy repetition matches the same texts, so the mark is skipped.
    _ = skip("?")
    switch current {
    case "+"?: throw refusal("Possessive repetitions are not supported")
    case "*"?, "?"?, "{"?: throw refusal("A repetition can't be repeated; put it in a group")
    default: return .repetition(node, least: least, most: most)
    }
  }

  private mutating func bounds() throws(Pattern.Refusal) -> (least: Int, most: Int?)? {
    if skip("*") { return (0, nil) }
    if skip("+") { return (1, nil) }
    if skip("?") { return (0, 1) }
    let start = position
    guard skip("{") else { return nil }
    guard let least = try bound() else { throw malformed(at: start) }
    var most: Int? = least
    if skip(",") { most = try bound() }
    guard skip("}") else { throw malformed(at: start) }
    if let most, most < least {
      throw refusal("The bounds of a repetition are the wrong way round", at: start)
    }
    return (least, most)
  }

  private func malformed(at start: Int) -> Pattern.Refusal {
    refusal("Expected {n}, {n,} or {n,m}; write \\{ for the character", at: start)
  }

  private mutating func bound() throws(Pattern.Refusal) -> Int? {
    let start = position
    var number: Int?
    while let scalar = current, scalar.isASCII, 0x30...0x39 ~= scalar.value {
      number = (number ?? 0) * 10 + Int(scalar.value - 0x30)
      position += 1
      if number! > Pattern.Limit.repetition {
        throw refusal("A repetition goes up to \(Pattern.Limit.repetition)", at: start)
      }
    }
    return number
  }
}
