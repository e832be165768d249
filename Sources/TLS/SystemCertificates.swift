import Platform

/// The authorities that the system trusts, as one file in PEM form.
public enum SystemCertificates {
  /// Where systems keep that file: Debian, Ubuntu and Alpine; Red Hat and Fedora; openSUSE; macOS
  /// and the BSDs.
  static let places = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
  ]

  /// The most bytes that are read of such a file.
  private static let mostBytes = 16 * 1024 * 1024

  /// Adds a certificate to the system's authorities.
  ///
  /// - Parameters:
  ///   - named: What `SSL_CERT_FILE` says, which comes before the system's own file.
  ///   - output: The file that the bundle is for. It is never the source, or each start would add a
  ///     further authority.
  ///   - certificate: What is added, in PEM form.
  /// - Returns: The file's content, and which file the system's authorities were found in; nil when
  ///   there is none.
  public static func bundle(
    named: String?, output: String, with certificate: String
  ) -> (content: String, source: String?) {
    let own = System.resolvedPath(output)
    for path in [named].compactMap(\.self) + places where !path.isEmpty {
      guard own == nil || System.resolvedPath(path) != own,
        let bytes = try? System.contents(of: path, atMost: mostBytes)
      else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      return (text + (text.hasSuffix("\n") ? "" : "\n") + certificate, path)
    }
    return (certificate, nil)
  }
}
