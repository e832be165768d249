import CloroMock
import Platform

// The settings of https, which depend on each other.

extension ServeSettings {
  /// The sources of the settings that say where certificates come from.
  struct CertificateSources {
    var certificate: Source?
    var key: Source?
    var folder: Source?
    var authorityFile: Source?
    var bundle: Source?
  }

  /// - Throws: A usage error when settings are given together that don't go together, or one
  ///   without the other.
  static func certificates(
    _ sources: CertificateSources
  ) throws -> (certificates: MockConfiguration.Certificates, origin: String) {
    guard let certificate = sources.certificate, let key = sources.key else {
      if let alone = sources.certificate {
        throw usage(alone.origin, alone.text, "only together with --tls-key")
      }
      if let alone = sources.key {
        throw usage(alone.origin, alone.text, "only together with --tls-cert")
      }
      guard let folder = sources.folder else { return (.authority, "--tls-port") }
      return (.folder(folder.text), folder.origin)
    }
    // A certificate of somebody else's leaves no authority that could be kept or trusted.
    if let other = sources.folder ?? sources.authorityFile ?? sources.bundle {
      throw usage(other.origin, other.text, "not together with \(certificate.origin)")
    }
    return (
      .files(certificate: certificate.text, key: key.text),
      "\(certificate.origin) and \(key.origin)"
    )
  }
}
