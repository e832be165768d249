/// A provider's result as a compiled list of instructions.
///
/// The language of the files in `Fixtures/results` is described in `Fixtures/README.md`.
struct ResultTemplate: Sendable {
  /// What a expression without a binding stands for.
  enum Variable: Int, Sendable, CaseIterable {
    case question, subject, slug, country, origin, id

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

  enum Instruction: Sendable {
    case literal([UInt8])
    /// A comma, unless the output ends with an opening bracket.
    case separator
    case variable(Variable)
    /// The text of a binding.
    case bound(Int)
    case pick([[UInt8]], draw: UInt64, binding: Int?)
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
  var bindingCount = 0
  var counterCount = 0
}
