/// A provider's result as a compiled list of instructions.
///
/// The language of the files in `Fixtures/results` is described in `Fixtures/README.md`.
struct ResultTemplate: Sendable {
  /// What an expression without a binding stands for.
  enum Variable: Int, Sendable, CaseIterable {
    case question, subject, subjectHTML, slug, country, origin, id

    init?(name: Substring) {
      guard let match = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
      self = match
    }
  }

  /// How often a repetition runs.
  enum Count: Sendable, Equatable {
    case fixed(Int)
    case pages
    case clusters
  }

  /// Bytes that lie in ``text``.
  typealias Piece = Range<Int>

  /// Holds no memory of its own, so that going through thousands of them counts no references.
  enum Instruction: Sendable {
    case literal(Piece)
    /// A comma, unless the output ends with an opening bracket.
    case separator
    case variable(Variable)
    /// The text of a binding.
    case bound(Int)
    /// One of those ``options``.
    case pick(Range<Int>, draw: UInt64, binding: Int?)
    case integer(ClosedRange<Int64>, draw: UInt64, binding: Int?)
    /// A number of hundredths, tenths and so on, with that many decimals.
    case decimal(ClosedRange<Int64>, places: Int, draw: UInt64, binding: Int?)
    /// A counter's value, after counting it up when asked to.
    case counter(Int, counts: Bool)
    /// Goes on at `otherwise` unless the condition holds.
    case condition(TemplateCondition, otherwise: Int)
    /// Starts a repetition that ends before `end`; its number is bound.
    case repetition(Count, binding: Int?, end: Int)
  }

  var instructions: [Instruction] = []
  /// What literals and options say, one after the other.
  var text: [UInt8] = []
  /// What there is to pick from.
  var options: [Piece] = []
  var bindingCount = 0
  var counterCount = 0
}
