import CloroContract
import JSON

extension MockServer {
  /// Whether the process answers (`GET /_mock/health`): `ok`.
  public func health() async throws(ControlRefusal) -> String {
    try await perform { _ in ControlOperations.health }
  }

  /// Whether fixtures are loaded and the ledger is open (`GET /_mock/ready`): `ok`.
  public func ready() async throws(ControlRefusal) -> String {
    try await perform { _ in ControlOperations.health }
  }

  /// The metrics in Prometheus' text form (`GET /_mock/metrics`).
  ///
  /// - Throws: ``ControlRefusal`` 500 when the ledger is closed.
  public func metrics() async throws(ControlRefusal) -> String {
    try await perform { control throws(ControlError) in try control.overview.metrics() }
  }

  /// Every rule of the contract that the double follows, with its evidence (`GET
  /// /_mock/conformance`).
  public func conformance() async throws(ControlRefusal) -> JSON {
    try await perform { control throws(ControlError) in
      try Self.document(control.description.conformance())
    }
  }

  /// The JSON schema of fixture files (`GET /_mock/fixture.schema.json`).
  public func fixtureSchema() async throws(ControlRefusal) -> JSON {
    try await perform { control throws(ControlError) in
      try Self.document(control.description.fixtureSchema())
    }
  }

  /// The double's own OpenAPI 3.1 description (`GET /_mock/openapi.json`).
  ///
  /// - Parameters:
  ///   - contract: The revision to describe; nil takes the key's, else the double's own.
  ///   - key: A key whose contract to describe. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func openapi(
    contract: ContractRevision? = nil, key: String? = nil
  ) async throws(ControlRefusal) -> JSON {
    try await perform { control throws(ControlError) in
      try Self.document(control.description.openapi(of: control.keys.narrowed(to: key), contract))
    }
  }

  /// A document that is stored as text.
  private static func document(_ text: [UInt8]) throws(ControlError) -> JSON {
    do throws(JSONError) {
      return try JSON(parsing: text)
    } catch {
      throw .failed("The document is no JSON: \(error).")
    }
  }
}
