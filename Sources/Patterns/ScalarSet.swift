/// A set of Unicode scalars that one character of a pattern matches.
struct ScalarSet: Sendable, Hashable {
  /// A class that has a name.
  enum Class: Sendable, Hashable {
    case digit
    case word
    case space
  }

  /// What the set is made of.
  enum Part: Sendable, Hashable {
    case range(ClosedRange<UInt32>)
    case named(Class, isNegated: Bool)
  }

  var parts: [Part]
  /// Whether the set contains everything except its parts.
  var isNegated = false
  /// Whether upper and lower case are the same.
  var ignoresCase = false

  /// The set of one scalar.
  init(_ scalar: Unicode.Scalar) { parts = [.range(scalar.value...scalar.value)] }

  init(_ parts: [Part], isNegated: Bool = false) {
    self.parts = parts
    self.isNegated = isNegated
  }

  func contains(_ scalar: ClassifiedScalar) -> Bool {
    let isListed =
      lists(scalar.value, scalar)
      || ignoresCase
        && (lists(scalar.upper, scalar) || lists(scalar.lower, scalar)
          || lists(scalar.lowerOfUpper, scalar))
    return isListed != isNegated
  }

  private func lists(_ value: UInt32, _ scalar: ClassifiedScalar) -> Bool {
    parts.contains { part in
      switch part {
      case .range(let range): range.contains(value)
      case .named(.digit, let isNegated): scalar.isDigit != isNegated
      case .named(.word, let isNegated): scalar.isWord != isNegated
      case .named(.space, let isNegated): scalar.isSpace != isNegated
      }
    }
  }
}

/// A scalar of a text with the properties that patterns use, each looked up once.
struct ClassifiedScalar {
  let value: UInt32
  /// A decimal digit of any script.
  let isDigit: Bool
  /// A letter, mark, decimal digit or connecting punctuation such as `_`.
  let isWord: Bool
  let isSpace: Bool
  /// The letter in upper and lower case, where a single scalar expresses it; the scalar itself
  /// unless case is ignored.
  let upper: UInt32
  let lower: UInt32
  /// The lower case of the upper case, so that a final sigma equals another sigma.
  let lowerOfUpper: UInt32

  init(_ scalar: Unicode.Scalar, ignoresCase: Bool) {
    value = scalar.value
    if scalar.isASCII {
      let isLetter = 0x41...0x5A ~= value & ~0x20
      isDigit = 0x30...0x39 ~= value
      isWord = isLetter || isDigit || scalar == "_"
      isSpace = value == 0x20 || 0x09...0x0D ~= value
    } else {
      let properties = scalar.properties
      isDigit = properties.generalCategory == .decimalNumber
      isSpace = properties.isWhitespace
      isWord = properties.isAlphabetic || Self.wordCategories.contains(properties.generalCategory)
    }
    guard ignoresCase else {
      (upper, lower, lowerOfUpper) = (value, value, value)
      return
    }
    let capital = Self.single(scalar.properties.uppercaseMapping) ?? scalar
    upper = capital.value
    lower = (Self.single(scalar.properties.lowercaseMapping) ?? scalar).value
    lowerOfUpper = (Self.single(capital.properties.lowercaseMapping) ?? capital).value
  }

  private static let wordCategories: Set<Unicode.GeneralCategory> = [
    .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark,
  ]

  private static func single(_ text: String) -> Unicode.Scalar? {
    text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
  }
}
