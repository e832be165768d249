/// A provider's result as a compiled list of instructions, from which the programs for requests of
/// each kind are made.
///
/// The language of the files in `Fixtures/results` is described in `Fixtures/README.md`.
struct ResultTemplate: Sendable {
  /// An expression's variable, unless the name is a binding.
  enum Variable: Int, Sendable, CaseIterable {
    case question, country, origin, id, conversation

    init?(name: Substring) {
      guard let match = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
      self = match
    }
  }

  /// How often a repetition is repeated.
  enum Count: Sendable, Equatable {
    case fixed(Int)
    case pages
    case clusters
  }

  /// A range of bytes in ``text``.
  typealias Piece = Range<Int>

  /// What stands for a text that depends on the request or is drawn.
  enum Expression: Sendable {
    case variable(Variable)
    /// The text of a binding.
    case bound(Int)
    /// One of the ``options`` in the range.
    case pick(Range<Int>, draw: UInt64, binding: Int?)
    /// One of the ``options`` in the range that shares no word with the question.
    case name(Range<Int>, draw: UInt64, binding: Int?)
    case integer(ClosedRange<Int64>, draw: UInt64, binding: Int?)
    /// A number with at most so many decimal places, without zeros at its end; the range counts in
    /// units of the last place.
    case decimal(ClosedRange<Int64>, places: Int, draw: UInt64, binding: Int?)
    /// A counter's value, after incrementing it if `counts`.
    case counter(Int, counts: Bool)
  }

  enum Instruction: Sendable {
    case literal(Piece)
    /// A comma, unless the output ends with an opening bracket or brace.
    case separator
    case expression(Expression)
    /// Continues at `otherwise` unless the condition holds.
    case condition(TemplateCondition, otherwise: Int)
    /// Starts a repetition that ends before `end`; the number of the round is bound.
    case repetition(Count, binding: Int?, end: Int)
    /// Continues at `end`: what stands before it is run when its binding is first needed.
    case definitions(end: Int)
  }

  var instructions: [Instruction] = []
  /// The texts of literals and options, one after the other, and a ``ByteOutput/block``.
  var text: [UInt8] = []
  /// The options of all picks.
  var options: [Piece] = []
  /// The hashes of names' words, one after the other.
  var words: [UInt64] = []
  /// The place of each option's words in ``words``; empty for those that aren't names.
  var optionWords: [Piece] = []
  /// For each binding the instruction that `$let` gives it, or nil.
  var definitions: [Int?] = []
  /// The bindings of the first and the second brand, for answers that are about given ones.
  var brands: [Int?] = []
  /// The facts that its conditions ask for.
  var facts: TemplateFacts = []
  var bindingCount = 0
  var counterCount = 0
}
