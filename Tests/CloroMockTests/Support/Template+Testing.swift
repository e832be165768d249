import CloroContract
import JSON

@testable import CloroMock

extension ResultRenderer.Input {
  static func make(
    _ provider: Provider = .chatgpt, _ revision: ContractRevision = .july2026,
    question: String = "What is the best CRM?", include: Include = [],
    device: MonitorRequest.Device = .desktop, pages: Int = 1, legacy: Bool = false,
    disableWebSearch: Bool = false, seed: UInt64 = 1, link: UInt64 = 9,
    origin: String = "http://127.0.0.1:8080", style: AnswerStyle = AnswerStyle()
  ) -> ResultRenderer.Input {
    ResultRenderer.Input(
      question: Question(
        MonitorRequest(
          provider: provider, question: question, device: device, pages: pages, include: include,
          legacy: legacy, disableWebSearch: disableWebSearch)),
      revision: revision, style: style, seed: seed, link: link, origin: origin)
  }
}

extension ResultTemplate {
  /// Compiles a template's text.
  static func make(_ text: String) throws -> ResultTemplate {
    try ResultTemplateCompiler.compile(JSON(parsing: Array(text.utf8)))
  }

  /// The rendered text of a template.
  static func rendered(_ text: String, _ input: ResultRenderer.Input = .make()) throws -> String {
    String(decoding: try make(text).rendered(input), as: UTF8.self)
  }

  func rendered(_ input: ResultRenderer.Input) -> [UInt8] {
    ResultProgram(self, for: TemplateFacts(input)).rendered(input)
  }
}

extension ResultProgram {
  func rendered(_ input: ResultRenderer.Input) -> [UInt8] {
    var result: [UInt8] = []
    _ = ResultRenderer.render(self, input, to: &result)
    return result
  }
}
