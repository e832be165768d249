import CloroContract
import HTTPServer
import JSON

/// The routes of the double's descriptions of itself.
enum DescriptionRoutes {
  static let all = [
    ControlRoute(.get, "openapi.json", query: ["contract", "key"]) { call throws(ControlError) in
      let host = call.request.fields["Host"] ?? ""
      let key = try call.narrowing()
      let contract = key == nil ? try contract(call.query["contract"]) : nil
      return ControlAnswer(
        json: call.operations.description.openapi(
          of: key, contract, origin: host.isEmpty ? nil : "\(call.scheme)://\(host)"))
    },
    // A certificate is public, and whoever is to trust it needs it before anything else.
    ControlRoute(.get, "ca.pem", isOpen: true) { call throws(ControlError) in
      ControlAnswer(certificates: try call.operations.description.authorityCertificate())
    },
    ControlRoute(.get, "fixture.schema.json") { call in
      ControlAnswer(json: call.operations.description.fixtureSchema())
    },
    ControlRoute(.get, "conformance") { call in
      ControlAnswer(json: call.operations.description.conformance())
    },
  ]

  private static func contract(_ name: String?) throws(ControlError) -> ContractRevision? {
    guard let name else { return nil }
    guard let revision = ContractRevision(rawValue: name) else {
      throw .invalid("contract: \"\(ShownText.value(name))\" is unknown; allowed: 2026-07, 2026-10")
    }
    return revision
  }
}
