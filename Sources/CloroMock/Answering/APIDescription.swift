import CloroContract
import JSON

/// The double's own OpenAPI description.
struct APIDescription: Sendable {
  /// Compiled when it is first asked for.
  static let shared = APIDescription()

  private let template: ResultTemplate

  private init() {
    do {
      let file = EmbeddedFiles.file("openapi")
      template = try ResultTemplateCompiler.compile(try JSON(parsing: file))
    } catch {
      preconditionFailure("The description is malformed: \(error)")
    }
  }

  /// The description of a revision, as JSON text.
  func document(of revision: ContractRevision, origin: String) -> [UInt8] {
    let input = ResultRenderer.Input(
      question: Question(MonitorRequest(provider: .chatgpt, question: "")), revision: revision,
      seed: 0, link: 0, origin: origin)
    var document: [UInt8] = []
    _ = ResultRenderer.render(
      ResultProgram(template, for: TemplateFacts(input)), input, to: &document)
    return document
  }
}
