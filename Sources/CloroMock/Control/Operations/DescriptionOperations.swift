import CloroContract
import JSON
import TLS

/// The double's descriptions of itself, as documents in JSON.
struct DescriptionOperations: Sendable {
  /// The double's own contract revision.
  let revision: ContractRevision
  let address: BoundAddress
  let tls: TLSContext

  /// The OpenAPI description.
  ///
  /// - Parameters:
  ///   - key: A key whose contract to describe; nil takes `contract`.
  ///   - contract: The revision to describe; nil takes the double's own.
  ///   - origin: The double's address as the client uses it; nil takes the address on which it
  ///     listens.
  func openapi(of key: APIKey?, _ contract: ContractRevision?, origin: String? = nil) -> [UInt8] {
    APIDescription.shared.document(
      of: key?.organization.settings.contract ?? contract ?? revision, origin: origin ?? address.url
    )
  }

  /// The certificate of the double's authority in PEM form, for clients of https to trust. It is
  /// made now if it was not needed before; its key is never shown.
  ///
  /// - Throws: ``ControlError`` 404 when there is none: the certificates are files', or TLS can't
  ///   be spoken.
  func authorityCertificate() throws(ControlError) -> [UInt8] {
    do throws(TLSError) {
      return try tls.authorityCertificate()
    } catch {
      throw .notFound("There is no authority: \(error.reason).")
    }
  }

  /// The JSON schema of fixture files.
  func fixtureSchema() -> [UInt8] { PlanCatalogue.schema }

  /// Every rule of the contract that the double keeps, with its evidence.
  func conformance() -> [UInt8] { Array(EmbeddedFiles.file("conformance")) }
}
