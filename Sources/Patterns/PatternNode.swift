/// A pattern's syntax.
indirect enum PatternNode: Sendable, Equatable {
  /// One character of a set.
  case character(ScalarSet)
  /// A place between characters.
  case assertion(PatternAssertion)
  /// One after the other.
  case sequence([PatternNode])
  /// One of several.
  case alternatives([PatternNode])
  /// That often, or without end when the greatest number is nil.
  case repetition(PatternNode, least: Int, most: Int?)
}

/// A condition on a place between two characters.
enum PatternAssertion: Sendable, Equatable {
  /// `^`
  case start
  /// `$`
  case end
  /// `\b`: a word begins or ends.
  case boundary
  /// `\B`
  case noBoundary
}
