import CloroContract
import JSON

/// Compares recorded results with those that the double makes up: what the contract's documents
/// name, and what the service is known to send.
enum RecordedShapes {
  /// How many answers of a provider are made up, so that each optional member is in one.
  private static let answers: UInt64 = 12
  /// Below these everything is the provider's own, and nothing is compared.
  private static let opaque = ["rawResponse"]

  /// The members that recordings have and no answer of the double, each once: they are kept.
  ///
  /// - Returns: `chatgpt: shoppingCards[].products[].seller`, in order.
  static func unknownMembers(of files: [RecordingFolder.File]) -> [String] {
    var known: [Provider: Set<String>] = [:]
    var found: Set<String> = []
    for file in files where file.recording.status == 200 {
      guard let provider = file.recording.provider else { continue }
      let own = known[provider] ?? paths(of: provider)
      known[provider] = own
      var paths: Set<String> = []
      collect(file.recording.answer.json, "", &paths)
      for path in paths.subtracting(own) {
        found.insert("\(provider.rawValue): \(path)")
      }
    }
    return found.sorted()
  }

  /// All members of a provider's answers, in both revisions and both shapes.
  private static func paths(of provider: Provider) -> Set<String> {
    let library = ResultLibrary()
    let include = Include.named.reduce(into: Include()) { $0.insert($1.flag) }
    var paths: Set<String> = []
    for contract in ContractRevision.allCases {
      for shapes in AnswerShapes.allCases {
        for seed in 0..<answers {
          let request = MonitorRequest(
            provider: provider, question: "Which brands?", pages: 2, include: include)
          var text: [UInt8] = []
          library.render(
            ResultRenderer.Input(
              question: Question(request), revision: contract,
              style: AnswerStyle(shapes: shapes, variety: .full), seed: seed, link: seed,
              origin: ""), to: &text)
          if let json = try? JSON(parsing: text) { collect(json, "", &paths) }
        }
      }
    }
    return paths
  }

  private static func collect(_ json: JSON, _ path: String, _ paths: inout Set<String>) {
    switch json {
    case .object(let object):
      for member in object.members {
        let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
        paths.insert(inner)
        if !opaque.contains(member.name) { collect(member.value, inner, &paths) }
      }
    case .array(let elements):
      for element in elements { collect(element, path + "[]", &paths) }
    default: break
    }
  }
}
