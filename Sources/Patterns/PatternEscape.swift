/// What a backslash introduces.
enum PatternEscape {
  case scalar(Unicode.Scalar)
  case named(ScalarSet.Class, isNegated: Bool)
  case assertion(PatternAssertion)

  /// Reads what follows a backslash.
  static func read(_ parser: inout PatternParser) throws(Pattern.Refusal) -> PatternEscape {
    let start = parser.position - 1
    guard let scalar = parser.current else {
      throw parser.refusal("A backslash stands at the end", at: start)
    }
    parser.position += 1
    switch scalar {
    case "d": return .named(.digit, isNegated: false)
    case "D": return .named(.digit, isNegated: true)
    case "w": return .named(.word, isNegated: false)
    case "W": return .named(.word, isNegated: true)
    case "s": return .named(.space, isNegated: false)
    case "S": return .named(.space, isNegated: true)
    case "b": return .assertion(.boundary)
    case "B": return .assertion(.noBoundary)
    case "n": return .scalar("\n")
    case "r": return .scalar("\r")
    case "t": return .scalar("\t")
    case "f": return .scalar("\u{0C}")
    case "v": return .scalar("\u{0B}")
    case "x": return .scalar(try code(&parser, digits: 2, from: start))
    case "u": return .scalar(try code(&parser, digits: 4, from: start))
    case "1"..."9", "k":
      throw parser.refusal("Backreferences can't be matched in bounded time", at: start)
    case "0", "a"..."z", "A"..."Z":
      throw parser.refusal("There is no escape \\\(scalar)", at: start)
    default: return .scalar(scalar)
    }
  }

  /// Reads a number of digits, or any number in braces.
  private static func code(
    _ parser: inout PatternParser, digits: Int, from start: Int
  ) throws(Pattern.Refusal) -> Unicode.Scalar {
    let isBraced = parser.skip("{")
    var (value, count): (UInt32, Int) = (0, 0)
    while count < (isBraced ? 6 : digits), let scalar = parser.current,
      let digit = scalar.isASCII ? Character(scalar).hexDigitValue : nil
    {
      value = value << 4 | UInt32(digit)
      count += 1
      parser.position += 1
    }
    let isComplete = isBraced ? count > 0 && parser.skip("}") : count == digits
    guard isComplete, let scalar = Unicode.Scalar(value) else {
      throw parser.refusal(
        "Expected \(digits) hexadecimal digits, or {…} with the code of a character", at: start)
    }
    return scalar
  }
}

/// Reads a class such as `[a-z]`.
enum PatternClassReader {
  /// Reads what follows the opening bracket.
  static func read(
    _ parser: inout PatternParser, from start: Int
  ) throws(Pattern.Refusal) -> ScalarSet {
    var set = ScalarSet([], isNegated: parser.skip("^"))
    while parser.current != "]" {
      guard parser.current != nil else { throw parser.refusal("A class has no end", at: start) }
      set.parts.append(try part(&parser))
    }
    guard !set.parts.isEmpty else {
      throw parser.refusal("A class is empty; write \\] for the character", at: start)
    }
    parser.position += 1
    return set
  }

  private static func part(
    _ parser: inout PatternParser
  ) throws(Pattern.Refusal) -> ScalarSet.Part {
    let start = parser.position
    if parser.skip("[:") { throw parser.refusal("Named classes are \\d, \\w and \\s", at: start) }
    let first: Unicode.Scalar
    switch try member(&parser) {
    case .named(let name, let isNegated): return .named(name, isNegated: isNegated)
    case .scalar(let scalar): first = scalar
    case .assertion: throw parser.refusal("A class holds characters, not places", at: start)
    }
    // A hyphen before the closing bracket is a literal hyphen.
    guard parser.current == "-", parser.position + 1 < parser.scalars.count,
      parser.scalars[parser.position + 1] != "]"
    else { return .range(first.value...first.value) }
    parser.position += 1
    guard case .scalar(let last) = try member(&parser) else {
      throw parser.refusal("A range ends with a character", at: start)
    }
    guard first.value <= last.value else {
      throw parser.refusal("The ends of a range are the wrong way round", at: start)
    }
    return .range(first.value...last.value)
  }

  private static func member(
    _ parser: inout PatternParser
  ) throws(Pattern.Refusal) -> PatternEscape {
    let scalar = parser.scalars[parser.position]
    parser.position += 1
    return scalar == "\\" ? try PatternEscape.read(&parser) : .scalar(scalar)
  }
}
