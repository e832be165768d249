import CTLS
import Platform
import Synchronization

/// What the TLS connections of a server share: the library, the certificates, the keys of tickets.
///
/// Making one costs nothing: the library is loaded and the certificates are made or read by
/// ``prepare()``.
public final class TLSContext: Sendable {
  /// Where the certificates come from.
  public enum Source: Sendable, Equatable {
    /// An authority that is made in memory, and whose key never leaves the process.
    case authority
    /// An authority that is kept in a folder, and made there when there is none.
    case folder(String)
    /// Files in PEM form: the certificate with those between it and its authority, and its key.
    case files(certificate: String, key: String)
  }

  private let source: Source
  private let host: String
  private let ready = Mutex<TLSIdentity?>(nil)

  /// - Parameters:
  ///   - source: Where the certificates come from. The default is an authority in memory.
  ///   - host: The address that the server listens on, for which the authority's certificates are
  ///     valid too when it is one of loopback.
  public init(_ source: Source = .authority, host: String = "127.0.0.1") {
    self.source = source
    self.host = host
  }

  /// Loads the library and makes ready what a handshake needs. Does nothing when that is done.
  ///
  /// - Throws: ``TLSError`` when the library isn't there, or a certificate can't be used. A later
  ///   call tries again.
  public func prepare() throws(TLSError) { _ = try identity() }

  /// The authority's certificate, as the content of a file that clients are given to trust.
  ///
  /// - Throws: ``TLSError`` when ``prepare()`` does, or when the certificates are files' and there
  ///   is no authority.
  public func authorityCertificate() throws(TLSError) -> [UInt8] {
    guard let authority = try identity().authority else {
      throw TLSError("the certificate is a file's, so that there is no authority of the double's")
    }
    return authority.certificate.pem
  }

  /// A new connection's session.
  package func makeSession() throws(TLSError) -> TLSSession {
    guard let session = TLSSession(try identity()) else {
      throw TLSError("there is no memory for a TLS session")
    }
    return session
  }

  private func identity() throws(TLSError) -> TLSIdentity {
    try ready.withLock { ready throws(TLSError) in
      if let ready { return ready }
      try TLSLibrary.load()
      let made = try make()
      ready = made
      return made
    }
  }

  private func make() throws(TLSError) -> TLSIdentity {
    switch source {
    case .authority: return try TLSIdentity(CertificateAuthority(), host: host)
    case .folder(let path):
      return try TLSIdentity(AuthorityFolder(path: path).authority(), host: host)
    case .files(let certificate, let key):
      return try TLSIdentity(certificate: certificate, key: key)
    }
  }
}

/// The certificates that a server answers with.
///
/// `@unchecked Sendable`: what it points to is set up by the initializer, and OpenSSL's own locks
/// protect it from then on.
final class TLSIdentity: @unchecked Sendable {
  /// The most bytes that a file of certificates or of a key may have.
  static let mostBytes = 1024 * 1024

  let pointer: OpaquePointer
  let authority: CertificateAuthority?
  /// What the context asks for certificates.
  private let leaves: LeafCertificates?

  /// Certificates of an authority, by the name that the client asks for.
  init(_ authority: CertificateAuthority, host: String) throws(TLSError) {
    let leaves = try LeafCertificates(of: authority, host: host)
    pointer = try TLSLibrary.call { failure in
      ctls_context_choosing(
        leaves.key.pointer,
        { argument, name in
          let leaves = Unmanaged<LeafCertificates>.fromOpaque(argument!).takeUnretainedValue()
          guard let leaf = leaves.certificate(for: name.map { String(cString: $0) }) else {
            return nil
          }
          ctls_certificate_retain(leaf.pointer)
          return leaf.pointer
        }, Unmanaged.passUnretained(leaves).toOpaque(), failure)
    }
    self.leaves = leaves
    self.authority = authority
  }

  /// One certificate, from files.
  init(certificate: String, key: String) throws(TLSError) {
    let chain = try Self.contents(certificate)
    let keyText = try Self.contents(key)
    // Each alone first, so that the reason names the right file.
    _ = try Self.naming(certificate, "a certificate in PEM form") { () throws(TLSError) in
      try Certificate(pem: chain)
    }
    let secret = try Self.naming(key, "a key in PEM form") { () throws(TLSError) in
      try PrivateKey(pem: keyText)
    }
    do throws(TLSError) {
      pointer = try TLSLibrary.call { failure in
        chain.withUnsafeBytes {
          ctls_context_of_file($0.baseAddress, $0.count, secret.pointer, failure)
        }
      }
    } catch {
      throw TLSError("\(certificate) and \(key) can't be used: \(error)", isOfFiles: true)
    }
    leaves = nil
    authority = nil
  }

  deinit { ctls_context_free(pointer) }

  private static func contents(_ path: String) throws(TLSError) -> [UInt8] {
    do throws(SystemError) {
      return try System.contents(of: path, atMost: mostBytes)
    } catch {
      throw TLSError("\(path) can't be read: \(error.reason)", isOfFiles: true)
    }
  }

  private static func naming<Value>(
    _ path: String, _ what: String, _ read: () throws(TLSError) -> Value
  ) throws(TLSError) -> Value {
    do throws(TLSError) {
      return try read()
    } catch {
      throw TLSError("\(path) isn't \(what): \(error)", isOfFiles: true)
    }
  }
}
