/// A regular expression whose matching takes bounded time, whatever the expression and the text.
///
/// Swift's own and Foundation's expressions backtrack: for some texts an expression such as
/// `(a+)+$` takes exponential time. This one follows all possibilities at the same time (Thompson's
/// simulation), so a search takes at most ``stateCount`` × (characters + 1) steps.
///
/// A pattern matches anywhere in a text unless anchored, by Unicode scalars, without normalization.
/// Syntax: literals, `.` (all but a line feed), classes `[a-z]` and `[^a-z]`, `\d \w \s \b` (by
/// Unicode) and `\D \W \S \B`, `^` and `$` (the text's ends), groups `( )` and `(?: )`, `|`, `* + ?
/// {n} {n,} {n,m}` with their lazy forms (which match the same texts), `(?i)` at the beginning, and
/// the escapes `\n \r \t \f \v \xHH \x{…} \uXXXX \u{…}`.
package struct Pattern: Sendable {
  /// Limits on a pattern.
  package enum Limit {
    /// Characters (Unicode scalars) of the source.
    package static let length = 1000
    /// The largest bound of a repetition.
    package static let repetition = 1000
    /// The deepest nesting of groups.
    package static let nesting = 100
    /// States of the compiled pattern. A search of the longest question, 10,000 characters, takes
    /// at most 10 million steps of about 4 ns each, so a stub holds up an event loop for no longer
    /// than that.
    package static let states = 1000
  }

  /// Why a text is no pattern.
  package struct Refusal: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let reason: String
    /// Where, in characters from the start.
    package let position: Int

    package var description: String { "\(reason) at character \(position)" }
  }

  /// The pattern as it was written.
  package let source: String
  private let machine: PatternMachine
  /// Finds what stands in each text in which the pattern matches.
  private let required: TextSearch

  /// Reads a pattern.
  ///
  /// - Throws: ``Refusal`` for what is malformed, too large, or can't be matched in bounded time:
  ///   backreferences and lookaround.
  package init(_ source: String) throws(Refusal) {
    self.source = source
    let node = try PatternParser.parse(source)
    machine = PatternMachine(try PatternCompiler.compile(node))
    required = TextSearch(RequiredText.of(node))
  }

  /// The size of the compiled pattern, 1…``Limit/states``.
  package var stateCount: Int { machine.nodes.count }

  /// Whether the pattern matches somewhere in a text.
  package func matches(_ text: String) -> Bool { search(text).isFound }

  /// Searches a text.
  ///
  /// - Returns: Whether the pattern matches, and how many steps that took.
  package func search(_ text: String) -> (isFound: Bool, steps: Int) {
    // An anchored pattern mostly ends sooner than the text is looked through.
    guard machine.isAnchored || required.isFound(in: text) else {
      return (false, TextSearch.steps(text))
    }
    var search = PatternSearch(machine)
    return (search.run(text), search.steps)
  }
}

extension Pattern: Hashable {
  package static func == (left: Pattern, right: Pattern) -> Bool {
    left.source.utf8.elementsEqual(right.source.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in source.utf8 { hasher.combine(byte) }
  }
}
