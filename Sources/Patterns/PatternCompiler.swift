/// A pattern as a nondeterministic automaton, which may be in several states at the same time.
struct PatternProgram: Sendable {
  enum State: Sendable, Equatable {
    /// Consumes a character that is in the set.
    case take(ScalarSet, next: Int)
    /// Continues in all of these states.
    case fork([Int])
    /// Continues if the assertion holds at this position.
    case check(PatternAssertion, next: Int)
    case found
  }

  var states: [State] = []
  /// Where a match starts.
  var entry = 0
  /// Whether a match can only start at the beginning of the text.
  var isAnchored = false
  var ignoresCase = false
}

/// Compiles a pattern's syntax tree into its automaton, from the end to the beginning.
struct PatternCompiler {
  private var program = PatternProgram()
  /// How many nodes have been compiled; also counts those without a state, such as an empty group.
  private var size = 0

  static func compile(_ node: PatternNode) throws(Pattern.Refusal) -> PatternProgram {
    var compiler = PatternCompiler()
    compiler.program.states.append(.found)
    compiler.program.entry = try compiler.compile(node, next: 0)
    compiler.program.isAnchored = isAnchored(node)
    return compiler.program
  }

  /// - Returns: The state in which the node starts.
  private mutating func compile(
    _ node: PatternNode, next: Int
  ) throws(Pattern.Refusal) -> Int {
    try grow()
    switch node {
    case .character(let set):
      if set.ignoresCase { program.ignoresCase = true }
      return add(.take(set, next: next))
    case .assertion(let assertion): return add(.check(assertion, next: next))
    case .sequence(let nodes):
      var next = next
      for node in nodes.reversed() { next = try compile(node, next: next) }
      return next
    case .alternatives(let branches):
      var starts: [Int] = []
      for branch in branches { starts.append(try compile(branch, next: next)) }
      try grow()
      return add(.fork(starts))
    case .repetition(let node, let least, let most):
      var next = next
      if let most {
        let end = next
        for _ in least..<most {
          let start = try compile(node, next: next)
          try grow()
          next = add(.fork([start, end]))
        }
      } else {
        next = try loop(node, next: next)
      }
      for _ in 0..<least { next = try compile(node, next: next) }
      return next
    }
  }

  private mutating func loop(_ node: PatternNode, next: Int) throws(Pattern.Refusal) -> Int {
    try grow()
    let fork = add(.fork([]))
    let start = try compile(node, next: fork)
    program.states[fork] = .fork([start, next])
    return fork
  }

  private mutating func add(_ state: PatternProgram.State) -> Int {
    program.states.append(state)
    return program.states.count - 1
  }

  private mutating func grow() throws(Pattern.Refusal) {
    size += 1
    guard size < Pattern.Limit.states else {
      throw Pattern.Refusal(
        reason: "Its repetitions make it larger than \(Pattern.Limit.states) states", position: 0)
    }
  }

  private static func isAnchored(_ node: PatternNode) -> Bool {
    switch node {
    case .assertion(.start): true
    case .sequence(let nodes): nodes.first.map(isAnchored) ?? false
    case .alternatives(let branches): branches.allSatisfy(isAnchored)
    case .repetition(let node, let least, _): least > 0 && isAnchored(node)
    default: false
    }
  }
}
