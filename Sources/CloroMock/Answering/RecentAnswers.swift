/// The bodies of recent monitor answers. Clients under load ask few different questions, and the
/// same question has the same answer. Used by one event loop only.
final class RecentAnswers {
  /// A body with the input from which it was rendered.
  final class Answer: Sendable {
    let input: ResultRenderer.Input
    let body: [UInt8]

    init(input: ResultRenderer.Input, body: [UInt8]) {
      self.input = input
      self.body = body
    }
  }

  /// The largest body that is stored, in bytes.
  private static let largest = 8 * 1024
  private let library: ResultLibrary
  @exclusivity(unchecked) private var places = RecentPlaces<Answer>()

  init(_ library: ResultLibrary) { self.library = library }

  /// The body of a monitor's success, with an input that equals the given one.
  func answer(_ input: ResultRenderer.Input) -> Answer {
    // A stub's result doesn't depend on the question alone, and may be large.
    guard input.stub == nil else { return Answer(input: input, body: library.body(of: input)) }
    let number = input.number
    if let answer = places[number], answer.input == input { return answer }
    let answer = Answer(input: input, body: library.body(of: input))
    if answer.body.count <= Self.largest { places[number] = answer }
    return answer
  }
}
