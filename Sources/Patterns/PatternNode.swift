/// A pattern's syntax.
indirect enum PatternNode: Sendable, Equatable {
  /// One character of a set.
  case character(ScalarSet)
  /// An assertion about a position between characters.
  case assertion(PatternAssertion)
  /// Nodes that follow each other.
  case sequence([PatternNode])
  /// One of several.
  case alternatives([PatternNode])
  /// A node repeated `least` to `most` times; without an upper bound when `most` is nil.
  case repetition(PatternNode, least: Int, most: Int?)
}

/// A condition on a position between two characters.
enum PatternAssertion: Sendable, Equatable {
  /// `^`
  case start
  /// `$`
  case end
  /// `\b`: a word begins or ends here.
  case boundary
  /// `\B`
  case noBoundary
}
