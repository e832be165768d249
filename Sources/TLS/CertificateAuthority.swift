import CTLS
import Platform

/// An authority that certifies the double's own names and no others, so that trusting it by mistake
/// does little harm. It is never installed anywhere.
struct CertificateAuthority: Sendable {
  /// The names that it may certify: cloro.dev, localhost, all names below them, and the addresses
  /// of loopback. A critical constraint (RFC 5280, section 4.2.1.10).
  static let constraints = [
    "permitted;DNS:cloro.dev", "permitted;DNS:localhost", "permitted;IP:127.0.0.0/255.0.0.0",
    "permitted;IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
  ].joined(separator: ",")

  /// How long an authority is valid, in seconds: 90 days. A double that runs longer is restarted.
  static let lifetime: Int64 = 90 * 86_400
  /// How long a certificate is valid, in seconds: 7 days, but not longer than its authority.
  static let leafLifetime: Int64 = 7 * 86_400
  /// How long before it is made a certificate begins to be valid, in seconds: an hour, because the
  /// clocks of clients differ.
  static let earlier: Int64 = 3600

  let certificate: Certificate
  let key: PrivateKey

  /// Makes one, valid from now by the system's clock.
  init() throws(TLSError) {
    key = try PrivateKey()
    // Each has a name of its own: of two with one name some clients try only the first.
    let number = String(UInt32.random(in: .min ... .max), radix: 16)
    let now = Self.now
    certificate = try Self.make(
      name: "cloro-mock authority \(number)", key: key, constraints: Self.constraints,
      begin: now - Self.earlier, end: now + Self.lifetime)
  }

  /// Takes one from the content of a file with its certificate and its key.
  init(pem: [UInt8]) throws(TLSError) {
    certificate = try Certificate(pem: pem)
    key = try PrivateKey(pem: pem)
    guard key.fits(certificate) else {
      throw TLSError("the key doesn't belong to the certificate")
    }
  }

  /// The file's content with its certificate and its key.
  var pem: [UInt8] { certificate.pem + key.pem }

  /// Whether certificates that it makes now are valid for as long as they should.
  var isFresh: Bool { certificate.end - Self.now >= Self.leafLifetime }

  /// Certifies names.
  ///
  /// - Parameter names: As OpenSSL writes them, `DNS:localhost` or `IP:127.0.0.1`.
  func issue(
    _ name: String, names: [String], key: PrivateKey, now: Int64
  ) throws(TLSError) -> Certificate {
    try Self.make(
      name: name, key: key, names: names.joined(separator: ","), begin: now - Self.earlier,
      end: min(now + Self.leafLifetime, certificate.end), issuer: self)
  }

  /// Seconds since the Unix epoch, by the system's clock: the clients judge by theirs.
  static var now: Int64 { System.wallNanoseconds() / 1_000_000_000 }

  private static func make(
    name: String, key: PrivateKey, names: String? = nil, constraints: String? = nil,
    begin: Int64, end: Int64, issuer: CertificateAuthority? = nil
  ) throws(TLSError) -> Certificate {
    try withOptionalCString(names) { (names) throws(TLSError) in
      try withOptionalCString(constraints) { (constraints) throws(TLSError) in
        Certificate(
          try TLSLibrary.call { failure in
            name.withCString { name in
              var wanted = ctls_certificate(
                name: name, begin: begin, end: end, names: names, constraints: constraints)
              return ctls_certificate_make(
                &wanted, key.pointer, issuer?.certificate.pointer, (issuer?.key ?? key).pointer,
                failure)
            }
          })
      }
    }
  }

  private static func withOptionalCString<Value>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) throws(TLSError) -> Value
  ) throws(TLSError) -> Value {
    guard let text else { return try body(nil) }
    return try Array(text.utf8CString).withUnsafeBufferPointer { (buffer) throws(TLSError) in
      try body(buffer.baseAddress)
    }
  }
}
