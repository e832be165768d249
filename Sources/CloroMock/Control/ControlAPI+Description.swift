import CloroContract
import HTTPServer
import JSON

extension ControlAPI {
  static let descriptionRoutes = [
    ControlRoute(.get, "openapi.json", query: ["contract", "key"]) { call throws(ControlError) in
      let host = call.request.fields["Host"] ?? ""
      let origin = host.isEmpty ? call.api.address.url : "http://\(host)"
      return ControlAnswer(
        json: APIDescription.shared.document(of: try revision(call), origin: origin))
    },
    ControlRoute(.get, "conformance") { call throws(ControlError) in
      ControlAnswer(json: Array(EmbeddedFiles.file("conformance")))
    },
  ]

  /// The revision that the query names, else that of its key, else the double's own.
  private static func revision(_ call: ControlCall) throws(ControlError) -> ContractRevision {
    if let key = try call.narrowing() { return key.organization.settings.contract }
    guard let name = call.query["contract"] else { return call.api.revision }
    guard let revision = ContractRevision(rawValue: name) else {
      throw .invalid("contract: \"\(name)\" is unknown; allowed: 2026-07, 2026-10")
    }
    return revision
  }
}

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
    var bytes: [UInt8] = []
    ResultRenderer.render(
      template,
      ResultRenderer.Input(
        question: Question(MonitorRequest(provider: .chatgpt, question: "")), revision: revision,
        seed: 0, origin: origin),
      to: &bytes)
    return bytes
  }
}
