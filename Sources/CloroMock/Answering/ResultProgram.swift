import Simulation

/// A result template for requests of one kind, as steps that are run in order.
///
/// What the template's conditions say of such requests is decided already, so that texts which are
/// always written one after the other are one text. What is there in some answers only is drawn
/// when the program runs.
final class ResultProgram: Sendable {
  /// A text, and what is done after it is written.
  struct Step: Sendable {
    /// Where its text starts in ``ResultProgram/text``.
    let start: Int32
    /// How many bytes its text has, often none.
    let count: Int32
    var action: Action
  }

  /// Numbers of bindings, draws and so on have 32 bits, which keeps a step short: a result has
  /// hundreds of them.
  enum Action: Sendable {
    case none
    /// As the template's instruction of the same name.
    case separator
    case variable(ResultTemplate.Variable)
    /// The text of a binding.
    case bound(Int32)
    /// An option of one of the ``ResultProgram/draws``.
    case pick(Int32)
    /// As `pick`: the first option from the drawn one on that shares no word with the question.
    case name(Int32)
    case integer(Int32)
    case decimal(Int32)
    /// A counter's value.
    case counted(Int32)
    /// A counter's value after incrementing it.
    case next(Int32)
    /// One of the ``ResultProgram/chances``: continues at `otherwise` unless it is drawn.
    case chance(Int32, otherwise: Int32)
    /// One of the ``ResultProgram/repetitions`` of the steps before `end`.
    case repetition(Int32, end: Int32)
  }

  /// What is drawn: a number of options, or a number.
  struct Draw: Sendable {
    /// Its place in the template, scattered.
    let place: UInt64
    /// The first option, or the lowest number.
    let first: Int64
    /// How many options or numbers there are: at least 1.
    let count: UInt64
    /// How many units a number's 1 has.
    let scale: Int64
    let binding: Int?
  }

  struct Repetition: Sendable {
    let count: ResultTemplate.Count
    /// Where the number of the round is bound.
    let binding: Int?
  }

  /// What the options and names of its picks are looked up in.
  let template: ResultTemplate
  let steps: [Step]
  let draws: [Draw]
  let chances: [TemplateCondition.Frequency]
  let repetitions: [Repetition]
  /// The steps of a result; behind them stand those of ``definitions``.
  let result: Range<Int>
  /// For each binding the step that `$let` gives it, or nil.
  let definitions: [Int?]
  /// The texts of all steps, one after the other, and a ``ByteOutput/block``.
  let paddedText: [UInt8]

  /// The texts of all steps.
  var text: ArraySlice<UInt8> { paddedText.dropLast(ByteOutput.block) }

  init(_ template: ResultTemplate, for facts: TemplateFacts) {
    var builder = ResultProgramBuilder(template, facts)
    builder.add(template.instructions.indices)
    builder.flush()
    result = builder.steps.indices
    definitions = template.definitions.map { $0.map { builder.define($0) } }
    self.template = template
    steps = builder.steps
    draws = builder.draws
    chances = builder.chances
    repetitions = builder.repetitions
    paddedText = builder.text + ByteOutput.padding
  }
}

/// Decides a template's conditions.
private struct ResultProgramBuilder {
  private let template: ResultTemplate
  private let facts: TemplateFacts
  private(set) var steps: [ResultProgram.Step] = []
  private(set) var draws: [ResultProgram.Draw] = []
  private(set) var chances: [TemplateCondition.Frequency] = []
  private(set) var repetitions: [ResultProgram.Repetition] = []
  private(set) var text: [UInt8] = []
  /// Where the text starts that no step has yet.
  private var start = 0

  init(_ template: ResultTemplate, _ facts: TemplateFacts) {
    self.template = template
    self.facts = facts
  }

  /// Adds a step with the text before it.
  private mutating func emit(_ action: ResultProgram.Action) {
    steps.append(
      ResultProgram.Step(start: Int32(start), count: Int32(text.count - start), action: action))
    start = text.count
  }

  /// Gives a step to the text that has none: what follows may be reached without it.
  mutating func flush() { if start < text.count { emit(.none) } }

  /// Adds the instruction that defines a binding, and returns its step.
  mutating func define(_ instruction: Int) -> Int {
    add(instruction..<instruction + 1)
    return steps.count - 1
  }

  mutating func add(_ range: Range<Int>) {
    var index = range.lowerBound
    while index < range.upperBound {
      index = add(template.instructions[index], next: index + 1)
    }
  }

  /// Adds an instruction, with all that belongs to it, and returns the next one.
  private mutating func add(_ instruction: ResultTemplate.Instruction, next: Int) -> Int {
    switch instruction {
    case .literal(let piece): text += template.text[piece]
    case .separator: separate()
    case .expression(let expression): emit(action(of: expression))
    case .condition(let condition, let otherwise):
      guard condition.holds(for: facts) else { return otherwise }
      guard let frequency = condition.frequency else { return next }
      if facts.contains(.typical) {
        chances.append(frequency)
        let chance = Int32(chances.count - 1)
        group(next..<otherwise) { .chance(chance, otherwise: $0) }
        return otherwise
      }
      return facts.contains(.full) == frequency.isNegated ? otherwise : next
    case .repetition(let count, let binding, let end):
      repetitions.append(ResultProgram.Repetition(count: count, binding: binding))
      let repetition = Int32(repetitions.count - 1)
      group(next..<end) { .repetition(repetition, end: $0) }
      return end
    case .definitions(let end): return end
    }
    return next
  }

  private mutating func action(of expression: ResultTemplate.Expression) -> ResultProgram.Action {
    switch expression {
    case .variable(let variable): .variable(variable)
    case .bound(let binding): .bound(Int32(binding))
    case .pick(let choices, let place, let binding): .pick(draw(choices, place, binding))
    case .name(let choices, let place, let binding): .name(draw(choices, place, binding))
    case .integer(let range, let place, let binding): .integer(draw(range, 0, place, binding))
    case .decimal(let range, let decimals, let place, let binding):
      .decimal(draw(range, decimals, place, binding))
    case .counter(let counter, counts: true): .next(Int32(counter))
    case .counter(let counter, counts: false): .counted(Int32(counter))
    }
  }

  /// Adds a draw among options, and returns its number.
  private mutating func draw(_ choices: Range<Int>, _ place: UInt64, _ binding: Int?) -> Int32 {
    draw(Int64(choices.lowerBound)...Int64(choices.upperBound - 1), 0, place, binding)
  }

  /// Adds a draw, and returns its number.
  private mutating func draw(
    _ range: ClosedRange<Int64>, _ decimals: Int, _ place: UInt64, _ binding: Int?
  ) -> Int32 {
    draws.append(
      ResultProgram.Draw(
        place: SeededRandom.scatter(place), first: range.lowerBound,
        count: UInt64(range.upperBound - range.lowerBound) + 1,
        scale: (0..<decimals).reduce(1) { scale, _ in scale * 10 }, binding: binding))
    return Int32(draws.count - 1)
  }

  /// Adds an action with the steps that it may leave out or repeat.
  private mutating func group(
    _ range: Range<Int>, _ action: (_ end: Int32) -> ResultProgram.Action
  ) {
    emit(action(0))
    let place = steps.count - 1
    add(range)
    flush()
    steps[place].action = action(Int32(steps.count))
  }

  /// Adds a comma, unless the text ends with an opening bracket or brace.
  private mutating func separate() {
    guard start < text.count else { return emit(.separator) }
    if !ByteOutput.opens(text[text.count - 1]) { text.append(UInt8(ascii: ",")) }
  }
}
