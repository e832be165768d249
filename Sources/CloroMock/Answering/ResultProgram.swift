/// A result template for requests of one kind, as steps that are run in order.
///
/// What the template's conditions say of such requests is decided already, so that texts which are
/// always written one after the other are one text. What is there in some answers only is drawn
/// when the program runs.
final class ResultProgram: Sendable {
  /// A text, and what is done after it is written.
  struct Step: Sendable {
    /// A range of ``ResultProgram/text``, often empty.
    let text: Range<Int>
    var action: Action
  }

  enum Action: Sendable {
    case none
    /// As the template's instructions of the same names.
    case separator
    case expression(ResultTemplate.Expression)
    /// Continues at `otherwise` unless it is drawn.
    case chance(TemplateCondition.Frequency, otherwise: Int)
    /// Repeats the steps before `end`.
    case repetition(ResultTemplate.Count, binding: Int?, end: Int)
  }

  /// What the options and names of its picks are looked up in.
  let template: ResultTemplate
  let steps: [Step]
  /// The steps of a result; behind them stand those of ``definitions``.
  let result: Range<Int>
  /// For each binding the step that `$let` gives it, or nil.
  let definitions: [Int?]
  /// The texts of all steps, one after the other.
  let text: [UInt8]

  init(_ template: ResultTemplate, for facts: TemplateFacts) {
    var builder = ResultProgramBuilder(template, facts)
    builder.add(template.instructions.indices)
    builder.flush()
    result = builder.steps.indices
    definitions = template.definitions.map { $0.map { builder.define($0) } }
    self.template = template
    steps = builder.steps
    text = builder.text
  }
}

/// Decides a template's conditions.
private struct ResultProgramBuilder {
  private let template: ResultTemplate
  private let facts: TemplateFacts
  private(set) var steps: [ResultProgram.Step] = []
  private(set) var text: [UInt8] = []
  /// Where the text starts that no step has yet.
  private var start = 0

  init(_ template: ResultTemplate, _ facts: TemplateFacts) {
    self.template = template
    self.facts = facts
  }

  /// Adds a step with the text before it.
  private mutating func emit(_ action: ResultProgram.Action) {
    steps.append(ResultProgram.Step(text: start..<text.count, action: action))
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
    case .expression(let expression): emit(.expression(expression))
    case .condition(let condition, let otherwise):
      guard condition.holds(for: facts) else { return otherwise }
      guard let frequency = condition.frequency else { return next }
      if facts.contains(.typical) {
        group(next..<otherwise) { .chance(frequency, otherwise: $0) }
        return otherwise
      }
      return facts.contains(.full) == frequency.isNegated ? otherwise : next
    case .repetition(let count, let binding, let end):
      group(next..<end) { .repetition(count, binding: binding, end: $0) }
      return end
    case .definitions(let end): return end
    }
    return next
  }

  /// Adds an action with the steps that it may leave out or repeat.
  private mutating func group(_ range: Range<Int>, _ action: (_ end: Int) -> ResultProgram.Action) {
    emit(action(0))
    let place = steps.count - 1
    add(range)
    flush()
    steps[place].action = action(steps.count)
  }

  /// Adds a comma, unless the text ends with an opening bracket or brace.
  private mutating func separate() {
    guard start < text.count else { return emit(.separator) }
    if !ByteOutput.opens(text[text.count - 1]) { text.append(UInt8(ascii: ",")) }
  }
}
