/// One search. It follows all states at the same time, one character after another.
///
/// Every request may have to be searched for a stub's pattern, so the working memory is allocated
/// at once and used through plain pointers. Indexes stay within it: each is a state's number, and
/// each state is entered at most once a round.
struct PatternSearch {
  private let machine: PatternMachine
  /// How often a state was entered: at most once for each state and position.
  private(set) var steps = 0

  init(_ machine: PatternMachine) { self.machine = machine }

  /// Whether the pattern matches somewhere in a text.
  mutating func run(_ text: String) -> Bool {
    let states = machine.nodes.count
    // Each state's targets wait at most once, and in addition the state with which a step begins.
    let most = 4 * states + machine.targets.count + 1
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: most) { memory in
      memory.initialize(repeating: 0)
      return machine.nodes.withUnsafeBufferPointer { nodes in
        machine.targets.withUnsafeBufferPointer { targets in
          var walk = Walk(
            machine: machine, nodes: nodes.baseAddress!, targets: targets.baseAddress,
            entered: memory.baseAddress!, waiting: memory.baseAddress! + states,
            taken: memory.baseAddress! + 2 * states, pending: memory.baseAddress! + 3 * states)
          defer { steps = walk.steps }
          return walk.run(text)
        }
      }
    }
  }
}

/// The search, using its working memory.
private struct Walk {
  let machine: PatternMachine
  let nodes: UnsafePointer<PatternMachine.Node>
  /// nil when no state has targets.
  let targets: UnsafePointer<Int32>?
  /// The round in which each state was last entered.
  let entered: UnsafeMutablePointer<Int32>
  /// The states that wait for a character, each once.
  let waiting: UnsafeMutablePointer<Int32>
  /// The states in which those continue that have consumed the last character.
  let taken: UnsafeMutablePointer<Int32>
  /// The states that are still to be entered.
  let pending: UnsafeMutablePointer<Int32>
  var waitingCount = 0
  var takenCount = 0
  var round: Int32 = 0
  var steps = 0
  /// Whether each set contains the present character, if it is not ASCII, so that each set is asked
  /// once for all states. The value is twice the round, plus 1 if the set contains it.
  private var verdicts: [Int]

  init(
    machine: PatternMachine, nodes: UnsafePointer<PatternMachine.Node>,
    targets: UnsafePointer<Int32>?, entered: UnsafeMutablePointer<Int32>,
    waiting: UnsafeMutablePointer<Int32>, taken: UnsafeMutablePointer<Int32>,
    pending: UnsafeMutablePointer<Int32>
  ) {
    self.machine = machine
    self.nodes = nodes
    self.targets = targets
    self.entered = entered
    self.waiting = waiting
    self.taken = taken
    self.pending = pending
    verdicts = Array(repeating: 0, count: machine.sets.count)
  }

  mutating func run(_ text: String) -> Bool {
    var before: ClassifiedScalar?
    var scalars = text.unicodeScalars.makeIterator()
    var after = scalars.next().map { ClassifiedScalar($0, ignoresCase: machine.ignoresCase) }
    while true {
      round += 1
      waitingCount = 0
      for index in 0..<takenCount where enter(taken[index], before, after) { return true }
      if !machine.isAnchored || before == nil, enter(machine.entry, before, after) { return true }
      guard let scalar = after, waitingCount > 0 || !machine.isAnchored else { return false }
      take(scalar)
      before = scalar
      after = scalars.next().map { ClassifiedScalar($0, ignoresCase: machine.ignoresCase) }
    }
  }

  /// Consumes a character in all states that wait for one like it.
  private mutating func take(_ scalar: ClassifiedScalar) {
    takenCount = 0
    let isASCII = scalar.value < 128
    let (word, bit) = (Int(scalar.value >> 6), UInt64(scalar.value & 63))
    machine.ascii.withUnsafeBufferPointer { ascii in
      for index in 0..<waitingCount {
        let node = nodes[Int(waiting[index])]
        let set = Int(node.first)
        let holds = isASCII ? ascii[set &* 2 &+ word] >> bit & 1 == 1 : self.holds(scalar, in: set)
        guard holds else { continue }
        taken[takenCount] = node.second
        takenCount &+= 1
      }
    }
  }

  /// Whether a set contains the present character, which is not ASCII.
  private mutating func holds(_ scalar: ClassifiedScalar, in set: Int) -> Bool {
    if verdicts[set] >> 1 != Int(round) {
      verdicts[set] = Int(round) << 1 | (machine.sets[set].contains(scalar) ? 1 : 0)
    }
    return verdicts[set] & 1 == 1
  }

  /// Enters a state and all states that it leads to without consuming a character.
  ///
  /// - Returns: Whether a match was found.
  private mutating func enter(
    _ state: Int32, _ before: ClassifiedScalar?, _ after: ClassifiedScalar?
  ) -> Bool {
    pending[0] = state
    var count = 1
    while count > 0 {
      count &-= 1
      let state = pending[count]
      guard entered[Int(state)] != round else { continue }
      entered[Int(state)] = round
      steps &+= 1
      let node = nodes[Int(state)]
      switch node.kind {
      case .take:
        waiting[waitingCount] = state
        waitingCount &+= 1
      case .fork:
        for place in node.first..<node.second {
          pending[count] = targets![Int(place)]
          count &+= 1
        }
      case .check(let assertion):
        guard Self.holds(assertion, before, after) else { continue }
        pending[count] = node.first
        count &+= 1
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
