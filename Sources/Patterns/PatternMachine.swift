/// A compiled pattern in the form that a search uses: only numbers, so that a step involves no
/// reference counting and no copying.
struct PatternMachine: Sendable {
  /// A state. The meaning of the two numbers depends on its kind.
  struct Node: Sendable {
    enum Kind: Sendable {
      /// Consumes a character of the set `first` and continues at `second`.
      case take
      /// Continues at all of ``PatternMachine/targets`` from `first` up to, but not including,
      /// `second`.
      case fork
      /// Continues at `first` if the assertion holds at this position.
      case check(PatternAssertion)
      case found
    }

    let kind: Kind
    var first: Int32 = 0
    var second: Int32 = 0
  }

  private(set) var nodes: [Node] = []
  private(set) var targets: [Int32] = []
  /// The different sets of the pattern.
  private(set) var sets: [ScalarSet] = []
  /// Which ASCII characters each set holds: two words of bits for each.
  private(set) var ascii: [UInt64] = []
  let entry: Int32
  let isAnchored: Bool
  let ignoresCase: Bool

  init(_ program: PatternProgram) {
    entry = Int32(program.entry)
    isAnchored = program.isAnchored
    ignoresCase = program.ignoresCase
    var numbers: [ScalarSet: Int32] = [:]
    for state in program.states {
      switch state {
      case .take(let set, let next):
        let number = numbers[set] ?? Int32(sets.count)
        if numbers.updateValue(number, forKey: set) == nil { add(set) }
        nodes.append(Node(kind: .take, first: number, second: Int32(next)))
      case .fork(let states):
        let start = Int32(targets.count)
        targets += states.map(Int32.init)
        nodes.append(Node(kind: .fork, first: start, second: Int32(targets.count)))
      case .check(let assertion, let next):
        nodes.append(Node(kind: .check(assertion), first: Int32(next)))
      case .found: nodes.append(Node(kind: .found))
      }
    }
  }

  private mutating func add(_ set: ScalarSet) {
    sets.append(set)
    for start in [UInt8(0), 64] {
      var bits: UInt64 = 0
      for place in 0..<UInt8(64) {
        let scalar = ClassifiedScalar(Unicode.Scalar(start + place), ignoresCase: ignoresCase)
        if set.contains(scalar) { bits |= 1 << UInt64(place) }
      }
      ascii.append(bits)
    }
  }
}
