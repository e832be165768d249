/// One search: follows all states at the same time, one character after the other.
struct PatternSearch {
  private let program: PatternProgram
  /// The states that wait for a character, each once.
  private var waiting: [Int] = []
  /// The round in which each state was last entered.
  private var entered: [Int]
  private var round = 0
  private var pending: [Int] = []
  /// How often a state was entered: at most once per state and place.
  private(set) var steps = 0

  init(_ program: PatternProgram) {
    self.program = program
    entered = Array(repeating: 0, count: program.states.count)
  }

  /// Whether the pattern matches somewhere in a text.
  mutating func run(_ text: String) -> Bool {
    var before: ClassifiedScalar?
    var scalars = text.unicodeScalars.makeIterator()
    var after = next(&scalars)
    var taken: [Int] = []
    while true {
      round += 1
      waiting.removeAll(keepingCapacity: true)
      for state in taken where enter(state, before, after) { return true }
      if !program.isAnchored || before == nil, enter(program.entry, before, after) { return true }
      guard let scalar = after, !waiting.isEmpty || !program.isAnchored else { return false }
      taken.removeAll(keepingCapacity: true)
      for state in waiting {
        guard case .take(let set, let next) = program.states[state], set.contains(scalar) else {
          continue
        }
        taken.append(next)
      }
      before = scalar
      after = next(&scalars)
    }
  }

  private func next(
    _ scalars: inout String.UnicodeScalarView.Iterator
  ) -> ClassifiedScalar? {
    scalars.next().map { ClassifiedScalar($0, ignoresCase: program.ignoresCase) }
  }

  /// Enters a state and all that it leads to without a character.
  ///
  /// - Returns: Whether the match is found.
  private mutating func enter(
    _ state: Int, _ before: ClassifiedScalar?, _ after: ClassifiedScalar?
  ) -> Bool {
    pending.append(state)
    while let state = pending.popLast() {
      guard entered[state] != round else { continue }
      entered[state] = round
      steps += 1
      switch program.states[state] {
      case .take: waiting.append(state)
      case .fork(let states): pending.append(contentsOf: states)
      case .check(let assertion, let next):
        if Self.holds(assertion, before, after) { pending.append(next) }
      case .found: return true
      }
    }
    return false
  }

  private static func holds(
    _ assertion: PatternAssertion, _ before: ClassifiedScalar?, _ after: ClassifiedScalar?
  ) -> Bool {
    let isBoundary = (before?.isWord ?? false) != (after?.isWord ?? false)
    return switch assertion {
    case .start: before == nil
    case .end: after == nil
    case .boundary: isBoundary
    case .noBoundary: !isBoundary
    }
  }
}
