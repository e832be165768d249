import CloroContract
import JSON

/// Compares recorded results with what is known of them: with what the description of their
/// revision says, and with what the service is known to send. Whatever differs is kept.
struct RecordedShapes {
  /// How many answers of the live shapes are looked at, so that each optional member is in one, and
  /// each that may be null is so in one.
  private static let answers: [AnswerVariety: UInt64] = [.full: 12, .typical: 60]

  /// A provider in a revision.
  private struct Place: Hashable {
    let provider: Provider
    let contract: ContractRevision
  }

  /// The members that nobody names, each once: `chatgpt: shoppingCards[].products[].seller`.
  let unknown: [String]
  /// The members of other types, each once: `chatgpt: text: expected string, found number`.
  let retyped: [String]

  init(of files: [RecordingFolder.File]) {
    var known: [Place: MemberTypes] = [:]
    var (unknown, retyped): (Set<String>, Set<String>) = ([], [])
    for file in files where file.recording.status == 200 {
      guard let provider = file.recording.provider else { continue }
      let place = Place(provider: provider, contract: file.recording.contract)
      let types = known[place] ?? Self.types(of: place)
      known[place] = types
      types.compare(file.recording.answer.json) { path in
        unknown.insert("\(provider.rawValue): \(path)")
      } retyped: { path, expected, found in
        let expected = expected.joined(separator: " or ")
        retyped.insert("\(provider.rawValue): \(path): expected \(expected), found \(found)")
      }
    }
    self.unknown = unknown.sorted()
    self.retyped = retyped.sorted()
  }

  private static func types(of place: Place) -> MemberTypes {
    var types = MemberTypes(of: place.provider, in: place.contract)
    let library = ResultLibrary()
    let include = Include.named.reduce(into: Include()) { $0.insert($1.flag) }
    let question = Question(
      MonitorRequest(
        provider: place.provider, question: "Which brands?", pages: 2, include: include))
    for (variety, count) in answers {
      for seed in 0..<count {
        var text: [UInt8] = []
        library.render(
          ResultRenderer.Input(
            question: question, revision: place.contract,
            style: AnswerStyle(shapes: .live, variety: variety), seed: seed, link: seed,
            origin: ""),
          to: &text)
        if let answer = try? JSON(parsing: text) { types.learn(answer) }
      }
    }
    return types
  }
}
