import ArgumentParser
import CloroMock
import Platform
import TLS

/// The files by which clients come to trust the double's authority: `--ca-file` and `--ca-bundle`.
struct AuthorityFiles {
  /// Gets the authority's certificate alone.
  var certificate: String?
  /// Gets the authorities that the system trusts, and the double's.
  var bundle: String?
  /// What `SSL_CERT_FILE` says.
  var systemFile: String?

  /// Writes them, see ``OutputFile``.
  ///
  /// - Throws: Exit code 1, after a line on standard error, when one can't be written or the
  ///   authority can't be made.
  func write(of mock: MockServer) throws {
    guard certificate != nil || bundle != nil else { return }
    let own: String
    do throws(MockStartError) {
      own = try mock.authorityCertificate()
    } catch {
      throw Self.failure(error.description)
    }
    if let certificate { try Self.write(own, to: certificate) }
    if let bundle {
      let (content, source) = SystemCertificates.bundle(
        named: systemFile, output: bundle, with: own)
      if source == nil {
        mock.logger.warning("no file of authorities was found: the bundle holds the double's alone")
      }
      try Self.write(content, to: bundle)
    }
  }

  private static func write(_ text: String, to file: String) throws {
    do throws(OutputFile.Failure) {
      try OutputFile.write(Array(text.utf8), to: file)
    } catch {
      throw failure("the authority's file \(error)")
    }
  }

  private static func failure(_ reason: String) -> ExitCode {
    Message.write(reason)
    return .failure
  }
}
