import Platform

/// A folder that keeps an authority, so that clients need to be given it only once.
///
/// Certificate and key stand in one file, which is written whole: two doubles that start at the
/// same time never find one's key with the other's certificate.
struct AuthorityFolder {
  /// The one file of the folder.
  static let file = "authority.pem"

  let path: String

  /// The authority in the folder, which is made when there is none, or its end is near.
  ///
  /// - Throws: ``TLSError`` when the folder or what is in it can't be used, or isn't its owner's
  ///   alone.
  func authority() throws(TLSError) -> CertificateAuthority {
    if let reason = reasonNotToUse() {
      throw TLSError("the authority's folder \(path) can't be used: \(reason)", isOfFiles: true)
    }
    let file = path.hasSuffix("/") ? path + Self.file : "\(path)/\(Self.file)"
    if let kept = try read(file), kept.isFresh { return kept }
    let made = try CertificateAuthority()
    do throws(OutputFile.Failure) {
      try OutputFile.writePrivately(made.pem, to: file)
    } catch {
      throw TLSError("the authority's file \(error)", isOfFiles: true)
    }
    return made
  }

  /// Makes the folder, or checks the one that is there. Of one that others may use they are shut
  /// out, unless it holds something else.
  ///
  /// - Returns: Why it can't be used; nil when it can.
  private func reasonNotToUse() -> String? {
    do throws(SystemError) {
      if try System.makePrivateFolder(path) { return nil }
      guard let status = System.fileStatus(path) else { return System.error("stat").reason }
      guard status.kind == .directory else { return "it is \(status.kind.rawValue)" }
      guard status.permissions & 0o077 != 0 else { return nil }
      guard try System.names(inFolder: path).allSatisfy({ $0 == Self.file }) else {
        return "others may use it, and it holds other things; name an empty one, or chmod 700"
      }
      try System.makePrivate(path, isFolder: true)
      return nil
    } catch {
      return error.reason
    }
  }

  /// - Returns: nil when there is no such file.
  private func read(_ file: String) throws(TLSError) -> CertificateAuthority? {
    guard let status = System.fileStatus(file) else { return nil }
    guard status.permissions & 0o077 == 0 else {
      throw TLSError(
        "the authority's key in \(file) may be read by others: chmod 600", isOfFiles: true)
    }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try System.contents(of: file, atMost: TLSIdentity.mostBytes)
    } catch {
      throw TLSError("the authority in \(file) can't be read: \(error.reason)", isOfFiles: true)
    }
    do throws(TLSError) {
      return try CertificateAuthority(pem: bytes)
    } catch {
      throw TLSError("\(file) isn't an authority: \(error)", isOfFiles: true)
    }
  }
}
